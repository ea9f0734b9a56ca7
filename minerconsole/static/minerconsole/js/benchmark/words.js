// Benchmarks in words and in order: what one costs, what came of it, how it compares. Pure.

import { NOTHING, percent, rate, span, whole } from "../format.js";

export const modeOf = (run) => run.result.mode ?? (run.mode === "light" ? "light" : "");
export const rateOf = (run) => run.state === "done" ? run.result.hashrate_hps ?? null : null;
const isRight = (run) => rateOf(run) != null && run.result.ok !== false;
const coresOf = (run) => run.result.threads ?? null;

/** What may be compared: the same algorithm in the same mode. */
export const kindOf = (run) => `${run.algorithm} ${modeOf(run)}`;

/** The best rate of each kind, without those that computed wrong hashes. */
export function bests(runs) {
  const best = new Map();
  for (const run of runs.filter(isRight)) best.set(kindOf(run), Math.max(best.get(kindOf(run)) ?? 0, rateOf(run)));
  return best;
}

/** {word, is}: is = yes, no, unknown. */
export function checkWords(run) {
  if (rateOf(run) == null) return { word: NOTHING, is: "unknown" };
  if (run.result.ok === true) return { word: "✓ right", is: "yes" };
  if (run.result.ok === false) return { word: "✕ WRONG", is: "no" };
  return { word: "no known value", is: "unknown" };
}

/** How one ended that has no rate: "failed: why", "cancelled by alice". */
export function endWords({ state, sentence }) {
  if (!sentence) return state;
  return sentence.startsWith(state) ? sentence : `${state}: ${sentence}`;
}

export function modeWords(run) {
  const mode = modeOf(run);
  return mode === "none" ? NOTHING : mode || (run.mode === "auto" ? NOTHING : run.mode);
}

export function coresWords(run) {
  const list = run.result.cores ?? run.cores;
  const count = coresOf(run);
  if (count == null) return list || "chosen by the computer";
  return list && list !== String(count) ? `${count} (${list})` : String(count);
}

export const whatWords = (run) => [run.algorithm, `${whole(run.hashes)} hashes`, `cores: ${run.cores || "the computer chooses"}`, run.mode === "light" ? "light mode" : ""].filter(Boolean).join(" · ");

const KEYS = {
  when: (run) => run.started_at, algorithm: (run) => run.algorithm, hashes: (run) => run.hashes, cores: coresOf, mode: modeWords,
  rate: rateOf, check: (run) => checkWords(run).word, version: (run) => run.result.version ?? null,
};

/** Sorted by a column; what has no value there is last in both directions. */
export function sorted(runs, column, isDescending) {
  const key = KEYS[column];
  return [...runs].sort((one, other) => {
    const [a, b] = [key(one), key(other)];
    if (a == null || b == null) return (a == null) - (b == null);
    const order = typeof a === "number" ? a - b : String(a).localeCompare(String(b));
    return (isDescending ? -order : order) || other.id - one.id;
  });
}

/** The newest right result that is most like what is wished: same algorithm and mode, the same cores if there is one. */
export function mostAlike(runs, wish) {
  const isLike = (run) => run.algorithm === wish.algorithm && (wish.mode === "light") === (modeOf(run) === "light");
  const like = runs.filter((run) => isRight(run) && isLike(run));
  return like.find((run) => run.cores === wish.cores) ?? like[0] ?? null;
}

/** What starting costs, as lines {text, is}: stop = it cannot start now, fine, "" = to know. */
export function costLines({ wish, choice, like, state, isFresh }) {
  const lines = [stateLine(state, isFresh)];
  if (choice.has_modes && wish.mode !== "light") {
    const took = like?.result.dataset_seconds;
    lines.push({ is: "", text: `The dataset of ${whole(choice.dataset_mib)} MiB is built first${took ? `: that took ${span(took)} last time` : ""}. Without room for it, light mode is measured.` });
  }
  lines.push({ is: "", text: like
    ? `About ${span(wish.hashes / rateOf(like))} of hashing, if it is as fast as on ${like.started_at.slice(0, 10)} (${rate(rateOf(like))} on ${coresOf(like)} ${coresOf(like) === 1 ? "core" : "cores"}). An estimate.`
    : "How long it takes is not known: nothing like this was measured here yet." });
  lines.push({ is: "", text: "It takes all the time of its cores. Nothing is sent anywhere, nothing is earned." });
  return lines;
}

function stateLine(state, isFresh) {
  if (!isFresh) return { is: "", text: "The miner does not answer here. If it mines nevertheless, the console refuses to start." };
  if (state === "idle" || state === "failed") return { is: "fine", text: "Nothing is mined now: a benchmark takes nothing from mining." };
  return { is: "stop", text: `The miner is ${state}. It is not paused for a benchmark: beside mining neither would be measured, so stop mining first. Stopping hands in shares and gives the memory back; starting again builds it anew.` };
}

/** How a right result compares with the best of its kind. */
export function comparedWords(run, runs) {
  const others = runs.filter((other) => other.id !== run.id && isRight(other) && kindOf(other) === kindOf(run));
  if (!isRight(run)) return NOTHING;
  if (!others.length) return "The first of this algorithm and mode.";
  const best = others.reduce((one, other) => rateOf(other) > rateOf(one) ? other : one);
  const share = rateOf(run) / rateOf(best);
  const than = `${rate(rateOf(best))} on ${coresOf(best)} ${coresOf(best) === 1 ? "core" : "cores"}`;
  return share >= 1 ? `The best here; before: ${than}.` : `${percent(100 * share)} of the best (${than}).`;
}
