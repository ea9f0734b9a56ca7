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
    duration: span(now - facts.started),
    accepted: whole(shares.accepted), rejected: whole(shares.rejected), stale: whole(shares.stale), lost: whole(shares.lost),
    last_share: shares.last_at == null ? [NOTHING, "No share yet in this session"] : span(Math.max(0, now - shares.last_at)),
    credited: [short(shares.difficulty_accepted), `${whole(shares.difficulty_accepted)} hashes`],
    rate_now: rate(frame.hashrate_hps.s10),
    latency: milliseconds(rtt),
  };
}

/** What is true of one that is over; the rest stays as it was. */
export function overFigures() {
  return { state: "ended", rate_now: OVER, latency: OVER };
}
