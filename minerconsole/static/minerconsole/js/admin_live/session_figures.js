// What a Frame says of the open session. Pure.

import { milliseconds, NOTHING, rate, short, span, whole } from "../format.js";
import { linkWords } from "../state_words.js";

const OVER = [NOTHING, "The session is over"];

/** One of: open, over (it was open when the page was made), other (of another node, or ended long ago). */
export function sessionPlace(frame, facts) {
  if (facts.isFinal || facts.node !== frame.node_id) return "other";
  const isNewest = facts.epoch === frame.epoch && facts.serial === frame.session.serial;
  return isNewest && !["down", "connecting"].includes(frame.session.link) ? "open" : "over";
}

/** The figures of the open session. `facts.started`: Unix seconds by the node's clock, as `frame.at` is. */
export function sessionFigures(frame, ageS, facts) {
  const { shares, rtt_ms: rtt, link } = frame.session, now = frame.at + ageS;
  return {
    state: link === "ready" ? "✓ open" : linkWords(frame),
    duration: lasting(Math.max(0, now - facts.started)),
    accepted: whole(shares.accepted), rejected: whole(shares.rejected), stale: whole(shares.stale), lost: whole(shares.lost),
    last_share: shares.last_at == null ? [NOTHING, "No share yet in this session"] : span(Math.max(0, now - shares.last_at)),
    credited: [short(shares.difficulty_accepted), `${whole(shares.difficulty_accepted)} hashes`],
    rate_now: rate(frame.hashrate_hps.s10),
    latency: milliseconds(rtt),
  };
}

/** How long it lasts, to the second for an hour: 41 s, 2 min 05 s, 1 h 02 min, 3 d 04 h; as the server words it. */
export function lasting(seconds) {
  const whole = Math.floor(seconds), two = (number) => String(number).padStart(2, "0");
  if (whole < 60) return `${whole}\u00a0s`;
  if (whole < 3600) return `${Math.floor(whole / 60)}\u00a0min\u00a0${two(whole % 60)}\u00a0s`;
  if (whole < 86400) return `${Math.floor(whole / 3600)}\u00a0h\u00a0${two(Math.floor(whole % 3600 / 60))}\u00a0min`;
  return `${Math.floor(whole / 86400)}\u00a0d\u00a0${two(Math.floor(whole % 86400 / 3600))}\u00a0h`;
}

/** What is true of one that is over; the rest stays as it was. */
export function overFigures() {
  return { state: "ended", rate_now: OVER, latency: OVER };
}
