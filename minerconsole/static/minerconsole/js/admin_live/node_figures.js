// What a Frame says of a node, as texts of the admin's cells: name -> text, or [text, what more there is to say]. Pure.

import { familyName, milliseconds, NOTHING, percent, rate, short, span, whole } from "../format.js";
import { linkWords, stateWords } from "../state_words.js";
import { lasting } from "./session_figures.js";

/** `ageS`: how old the Frame is; ages in it have grown by as much. */
export function nodeFigures(frame, ageS) {
  return { state: stateWords(frame), ...rates(frame), ...shares(frame), ...cores(frame), ...source(frame, ageS), uptime: lasting(frame.system.uptime_s + ageS) };
}

function rates({ hashrate_hps: { s10, s60, m15 } }) {
  return { rate_now: rate(s10), rate_60: rate(s60), rate_15: rate(m15) };
}

function shares({ shares: { accepted, rejected, stale, lost, by_reason: reasons } }) {
  const why = Object.entries(reasons).map(([reason, count]) => `${whole(count)} × ${reason}`).join(", ");
  const all = why && `All that was not accepted: ${why}`;
  return { accepted: [whole(accepted), "In this run"], rejected: [whole(rejected), all], stale: [whole(stale), all], lost: [whole(lost), all] };
}

function cores(frame) {
  const { state, temperature_c: known } = frame.cores;
  const hashing = state.filter((word) => word === "hashing").length, heats = known.filter((value) => value != null);
  const { commanded, achieved } = frame.intensity;
  return {
    cores: `${whole(hashing)} of ${whole(state.length)}`,
    intensity: [percent(achieved), `${percent(commanded, 0)} is asked for`],
    intensity_asked: percent(commanded, 0),
    heat: heats.length ? `${Math.round(Math.max(...heats))} °C` : [NOTHING, "No heat sensor"],
  };
}

function source(frame, ageS) {
  const { session, job, next_share_s: next } = frame;
  return {
    link: [linkWords(frame), session.last_cause ? `Last loss: ${session.last_cause}` : ""],
    endpoint: session.endpoint,
    latency: milliseconds(session.rtt_ms),
    job_age: job ? span(job.age_s + ageS) : [NOTHING, "There is no job"],
    difficulty: short(session.difficulty),
    next_share: next ? [span(next.p50), `5–95 %: ${span(next.p05)} to ${span(next.p95)}`] : [NOTHING, "Not known yet"],
    coin: [frame.coin, familyName(frame.algorithm)].filter(Boolean).join(", "),
  };
}
