// The six cards: rate, what shares say, shares of the hour, the next one, the link, cores and heat.

import { Surface } from "../canvas.js";
import { drawSparkline } from "../chart.js";
import { byId, keepRows, make, mark, say, show } from "../dom.js";
import { family, milliseconds, NOTHING, odds, percent, rate, rateIn, rateParts, short, span, whole } from "../format.js";
import { stateWords } from "../state_words.js";

const ids = [
  "payee", "state", "banner", "rate-family", "rate-now", "rate-unit", "rate-60", "rate-15", "rate-expected-part", "rate-expected",
  "card-implied", "implied-window", "implied-rate", "implied-unit", "implied-word", "implied-interval", "implied-counts",
  "shares-window", "shares-accepted", "shares-per", "shares-rest", "shares-reasons", "next-value", "next-unit", "next-interval",
  "next-last", "link-state", "link-rtt", "link-rtt-unit", "link-job-age", "link-difficulty", "link-failovers", "cores-hashing",
  "cores-of", "cores-heat", "cores-clock", "cores-intensity",
];
const at = Object.fromEntries(ids.map((id) => [id, byId(id)]));
const put = (id, text) => say(at[id], text);

let recent = [], recentColour = "--randomx";
const spark = new Surface(byId("rate-spark"), (context, width, height) => drawSparkline(context, width, height, recent, recentColour));

/** What a frame says. `ageS`: how old it is; ages in it have grown by as much. */
export function updateCards(frame, payeeLine, ageS) {
  put("payee", payeeLine);
  put("state", stateWords(frame));
  mark(at.state, "data-state", frame.state);
  show(at.banner, frame.offline);
  updateRate(frame);
  updateNext(frame);
  updateLink(frame, ageS);
  updateCores(frame);
}

function updateRate(frame) {
  const [number, unit] = rateParts(frame.hashrate_hps.s10);
  put("rate-family", family(frame.algorithm));
  mark(at["rate-family"], "data-family", frame.algorithm === "scrypt" ? "scrypt" : "randomx");
  put("rate-now", number);
  put("rate-unit", unit);
  put("rate-60", rate(frame.hashrate_hps.s60));
  put("rate-15", rate(frame.hashrate_hps.m15));
  show(at["rate-expected-part"], frame.expected_hps != null);
  if (frame.expected_hps != null) put("rate-expected", rate(frame.expected_hps));
}

/** The last 60 values of the rate; null is a gap. */
export function updateSpark(values, algorithm) {
  recent = values;
  recentColour = algorithm === "scrypt" ? "--scrypt" : "--randomx";
  spark.paint();
}

function updateNext(frame) {
  const next = frame.next_share_s;
  const [number, unit] = span(next?.p50).split("\u00a0");
  put("next-value", number);
  put("next-unit", unit ?? "");
  put("next-interval", next ? `5–95 %: ${span(next.p05)} to ${span(next.p95)}` : frame.state === "mining" ? "not known yet" : "nothing is hashed now");
  const shares = frame.shares;
  put("next-last", shares.found === 0 ? "none found yet in this run" : `${whole(shares.found)} found in this run, ${whole(shares.in_flight)} in flight`);
}

function updateLink(frame, ageS) {
  const { session, job } = frame;
  const isReal = !frame.offline;
  const [number, unit] = milliseconds(session.rtt_ms).split("\u00a0");
  put("link-state", isReal ? linkWord(session.link) : "no pool: offline");
  mark(at["link-state"], "data-link", isReal ? session.link : "offline");
  put("link-rtt", number);
  put("link-rtt-unit", unit ?? "");
  put("link-job-age", job ? span(job.age_s + ageS) : NOTHING);
  put("link-difficulty", short(session.difficulty));
  put("link-failovers", isReal ? `${whole(session.failovers)} failovers, ${whole(session.reauths)} new logins` : "jobs are made and checked here");
}

export function linkWord(link) {
  return { ready: "✓ ready", standby: "✓ standby", down: "✕ down", connecting: "◷ connecting", login: "◷ logging in" }[link] ?? link;
}

function updateCores(frame) {
  let hashing = 0, heat = -Infinity, least = Infinity, most = -Infinity;
  const { state, temperature_c: heats, frequency_mhz: clocks } = frame.cores, count = state.length;
  for (let place = 0; place < count; place += 1) {
    if (state[place] === "hashing") hashing += 1;
    heat = Math.max(heat, heats[place] ?? -Infinity);
    least = Math.min(least, clocks[place] ?? Infinity);
    most = Math.max(most, clocks[place] ?? -Infinity);
  }
  put("cores-hashing", whole(hashing));
  put("cores-of", `of ${count} hashing`);
  put("cores-heat", heat > -Infinity ? `${Math.round(heat)} °C at most` : "no heat sensor");
  put("cores-clock", most > -Infinity ? clockWords(least, most) : "");
  const { commanded, achieved } = frame.intensity;
  put("cores-intensity", achieved == null ? `${commanded} %` : `${percent(achieved)} of ${commanded} %`);
}

function clockWords(least, most) {
  const low = (least / 1000).toFixed(1), high = (most / 1000).toFixed(1);
  return low === high ? `${high} GHz` : `${low}–${high} GHz`;
}

/** The hour: `sums` of it, what shares say (`implied`), how long was watched, and reasons of this run. */
export function updateHour(sums, implied, reasons) {
  const window = sums.seconds >= 3400 ? "1 h" : sums.seconds > 0 ? span(sums.seconds) : "1 h";
  put("implied-window", window);
  put("shares-window", window);
  showImplied(sums, implied);
  const ended = sums.accepted + sums.rejected + sums.stale + sums.lost;
  put("shares-accepted", sums.seconds > 0 ? whole(sums.accepted) : NOTHING);
  put("shares-per", ended ? `of ${whole(ended)}` : "");
  const share = (count) => ended ? percent(100 * count / ended) : percent(0);
  put("shares-rest", `${share(sums.stale)} stale · ${share(sums.rejected)} rejected${sums.lost ? ` · ${whole(sums.lost)} lost` : ""}`);
  showReasons(reasons);
}

function showImplied(sums, implied) {
  if (implied.rate == null) {
    put("implied-rate", NOTHING);
    put("implied-unit", "");
    put("implied-word", "too early to tell");
    put("implied-interval", "95 %: –");
    put("implied-counts", "");
    return;
  }
  const [number, unit] = rateParts(implied.rate);
  const rare = implied.p != null && implied.p < 0.05 ? `: ${odds(implied.p)}` : "";
  put("implied-rate", number);
  put("implied-unit", unit);
  put("implied-word", `${implied.word}${rare}`);
  mark(at["implied-word"], "data-word", implied.word);
  put("implied-interval", `95 %: ${rateIn(implied.low, implied.high)}–${rate(implied.high)}`);
  put("implied-counts", implied.expected == null ? "" : `${whole(sums.accepted)} came, ${implied.expected.toFixed(1)} expected`);
}

function showReasons(reasons) {
  const rows = Object.entries(reasons).filter(([, count]) => count > 0).sort((one, other) => other[1] - one[1]);
  const words = rows.length ? rows.map(([reason, count]) => `${whole(count)} × ${reason} (this run)`) : ["None failed in this run."];
  const items = keepRows(at["shares-reasons"], words.length, () => make("li"));
  words.forEach((text, place) => say(items[place], text));
}

