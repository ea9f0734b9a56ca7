// Luck told apart from fault: exact Poisson intervals and tails. Pure.

/** P(N <= count) of a Poisson variable with this mean. */
export function poissonCdf(count, mean) {
  if (count < 0) return 0;
  if (mean <= 0) return 1;
  if (mean > 700) return normalCdf((count + 0.5 - mean) / Math.sqrt(mean));
  let term = Math.exp(-mean), sum = term;
  for (let k = 1; k <= count; k += 1) {
    term *= mean / k;
    sum += term;
  }
  return Math.min(1, sum);
}

function normalCdf(z) {
  // Abramowitz & Stegun 26.2.17, error below 7.5e-8.
  const t = 1 / (1 + 0.2316419 * Math.abs(z));
  const poly = t * (0.319381530 + t * (-0.356563782 + t * (1.781477937 + t * (-1.821255978 + t * 1.330274429))));
  const tail = Math.exp(-z * z / 2) / Math.sqrt(2 * Math.PI) * poly;
  return z < 0 ? tail : 1 - tail;
}

function solve(below, start) {
  // The mean at which `below(mean)` turns false: bracket, then halve. 40 halvings: better than a billionth.
  let low = 0, high = Math.max(start, 1);
  while (below(high)) high *= 2;
  for (let turn = 0; turn < 40; turn += 1) {
    const middle = (low + high) / 2;
    if (below(middle)) low = middle; else high = middle;
  }
  return (low + high) / 2;
}

/** Exact (Garwood) interval [low, high] of the mean behind `count` events, 95 % by default. */
export function poissonInterval(count, level = 0.95) {
  const tail = (1 - level) / 2;
  const low = count === 0 ? 0 : solve((mean) => 1 - poissonCdf(count - 1, mean) < tail, count);
  const high = solve((mean) => poissonCdf(count, mean) > tail, count + 4);
  return [low, high];
}

/** Two-sided p-value: min(1, 2 x the smaller tail); null below 0.01 expected (the same as the miner's own). */
export function luckPValue(observed, expected) {
  if (!(expected >= 0.01)) return null;
  const below = poissonCdf(observed, expected);
  const above = 1 - poissonCdf(observed - 1, expected);
  return Math.min(1, 2 * Math.min(below, above));
}

/**
 * What shares say about the rate. `count` accepted shares worth `credited` hashes in `seconds`; `hashed` hashes were made
 * in that time. `difficulty` (hashes per share) is used where no share came. Null fields: it cannot be said.
 */
export function impliedRate({ count, credited, seconds, hashed, difficulty }) {
  const worth = count > 0 ? credited / count : difficulty;
  if (!(seconds > 0) || !(worth > 0)) return { rate: null, low: null, high: null, expected: null, p: null, word: "" };
  const [low, high] = poissonInterval(count);
  const expected = hashed == null ? null : hashed / worth;
  const p = expected == null ? null : luckPValue(count, expected);
  return {
    rate: count * worth / seconds, low: low * worth / seconds, high: high * worth / seconds, expected, p,
    word: wordOf(count, expected, p),
  };
}

const UNLIKELY = 0.05;

function wordOf(count, expected, p) {
  if (p == null) return "too early to tell";
  if (p >= UNLIKELY) return "within luck";
  return count < expected ? "below luck" : "above luck";
}
