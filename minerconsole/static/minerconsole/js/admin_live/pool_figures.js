// What a Frame says of a pool: whether it is mined at now, and how that goes. Pure.

import { milliseconds, NOTHING, rate, short, span, whole } from "../format.js";
import { linkWords } from "../state_words.js";

const IDLE = [NOTHING, "It is not mined at now"];

/** One of: current (jobs come from it), reserve (kept logged in), other. `facts`: its coin; endpoints: [host:port, has TLS] each. */
export function poolPlace(frame, facts) {
  if (frame.offline || facts.coin !== frame.coin) return "other"; // one host:port may be the pool of several coins
  const has = (label, isSure) => facts.endpoints.some(([place, tls]) => place === label && (!isSure || tls === frame.session.tls));
  if (has(frame.session.endpoint, true)) return "current";
  return has(frame.session.standby, false) ? "reserve" : "other";
}

/** The figures while jobs are wanted from it. Until it has a session, its shares stay as they were: the Frame's are of another. */
export function poolFigures(frame, ageS) {
  const { session, job } = frame;
  const hasSession = !["down", "connecting"].includes(session.link);
  const isMined = session.link === "ready" && frame.state === "mining";
  return {
    state: isMined ? "✓ mined now" : session.link === "ready" ? `◌ ${frame.state}` : linkWords(frame),
    endpoint: session.endpoint,
    rate_now: rate(frame.hashrate_hps.s10),
    job_age: job ? span(job.age_s + ageS) : [NOTHING, "There is no job"],
    latency: milliseconds(session.rtt_ms),
    ...(hasSession && { accepted: [whole(session.shares.accepted), "In this session"], rejected: [whole(session.shares.rejected), "In this session"] }),
    difficulty: short(session.difficulty),
  };
}

/** What is true of a pool that is not mined at; its shares stay as they were. */
export function idlePoolFigures(place) {
  return { state: place === "reserve" ? "◷ in reserve" : "not mined now", rate_now: IDLE, job_age: IDLE, latency: IDLE, difficulty: IDLE };
}
