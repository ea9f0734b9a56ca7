// Events of the stream as sentences: the same words as the terminal's. Pure.

import { NOTHING, milliseconds, short, span, whole } from "./format.js";

const SHARE_LEVEL = { accepted: "ok", rejected: "error", stale: "warning", lost: "warning" };
const LINK_LEVEL = { ready: "ok", down: "error" };
const LOG_LEVEL = { warning: "warning", error: "error", critical: "error" };
const PLAN_LEVEL = { verified: "ok", failed: "error", rolled_back: "warning" };

const joined = (parts, glue = ", ") => parts.filter(Boolean).join(glue);

/** {topic, level, text} of an event; null for one that is shown in another way. level: ok info warning error. */
export function eventWords(event) {
  switch (event.event) {
    case "share": return shareWords(event);
    case "session": return sessionWords(event);
    case "worker": return workerWords(event);
    case "job": return jobWords(event);
    case "algorithm": return algorithmWords(event);
    case "plan": return planWords(event);
    case "log": return { topic: "note", level: LOG_LEVEL[event.level] ?? "info", text: event.sentence };
    case "start": return { topic: "start", level: "info", text: joined([`MinerConsole ${event.version ?? NOTHING}`, event.algorithm, event.endpoint]) };
    default: return null;
  }
}

function shareWords(event) {
  const isSaidTwice = (event.reason ?? "").toLowerCase() === (event.detail ?? "").toLowerCase();
  const why = event.outcome === "accepted" ? "" : joined([event.reason, isSaidTwice ? "" : event.detail], ": ");
  const facts = [
    why ? `${event.outcome} (${why})` : event.outcome, `difficulty ${short(event.difficulty)}`,
    event.core == null ? "" : `core ${event.core}`, event.rtt_ms ? milliseconds(event.rtt_ms) : "",
    event.job_age_s == null ? "" : `job ${span(event.job_age_s)} old`,
  ];
  return { topic: "share", level: SHARE_LEVEL[event.outcome] ?? "info", text: joined(facts) };
}

function sessionWords(event) {
  const isNamed = event.endpoint && event.cause && event.cause.includes(event.endpoint);
  const text = joined([joined([event.link, isNamed ? "" : event.endpoint], " "), event.cause], ": ");
  return { topic: "link", level: LINK_LEVEL[event.link] ?? "info", text };
}

function workerWords(event) {
  const exited = event.exit != null && event.exit !== "" && event.exit !== "done";
  const restarts = event.restarts ? `${whole(event.restarts)} ${event.restarts === 1 ? "restart" : "restarts"} so far` : "";
  const isBad = exited || event.state === "failed" || event.state === "quarantined";
  const text = joined([`core ${event.core ?? NOTHING} ${event.state ?? NOTHING}`, exited ? `exit ${event.exit}` : "", restarts]);
  return { topic: "worker", level: isBad ? "warning" : "info", text };
}

function jobWords(event) {
  const height = event.height == null ? "" : `height ${whole(event.height)}`;
  return { topic: "job", level: "info", text: joined([height, `difficulty ${short(event.difficulty)}`, event.algorithm, event.endpoint]) };
}

function algorithmWords(event) {
  const gap = event.gap_s == null ? "" : `gap ${span(event.gap_s)}`;
  return { topic: "algorithm", level: "info", text: joined([`${event.from || NOTHING} → ${event.to || NOTHING}`, gap]) };
}

function planWords(event) {
  const words = { rolled_back: "rolled back", verified: "verified: it hashes" };
  const text = joined([`plan ${event.version} ${words[event.state] ?? event.state}`, event.reason], ": ");
  return { topic: "plan", level: PLAN_LEVEL[event.state] ?? "info", text };
}

/** The mark on the chart that an event is worth: {shape, word}, or null. */
export function chartMark(event) {
  if (event.event === "plan" && event.state === "applied") return { shape: "▲", word: `plan ${event.version} applied` };
  if (event.event === "algorithm") return { shape: "▲", word: `${event.from} → ${event.to}` };
  if (event.event === "session" && event.link === "down") return { shape: "◆", word: `link lost: ${event.cause ?? "no cause told"}` };
  if (event.event === "session" && event.link === "ready") return { shape: "◇", word: `link ready: ${event.endpoint ?? ""}` };
  if (event.event === "share" && (event.reason === "block" || event.is_block)) return { shape: "★", word: "block" };
  return null;
}
