// Luck told apart from fault: exact Poisson intervals and tails. Pure; what it gives is not to be changed.

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

// P(N = count).
function poissonPmf(count, mean) {
  if (mean > 700) return Math.exp(-((count - mean) ** 2) / (2 * mean)) / Math.sqrt(2 * Math.PI * mean);
  let term = Math.exp(-mean);
  for (let k = 1; k <= count; k += 1) term *= mean / k;
  return term;
}

const TAIL = 0.025, Z = 1.959964, MOST_TURNS = 30, NEAR = 1e-9;

// The mean of which P(N <= count) = wanted, by Newton's method: its derivative is -P(N = count).
function meanOf(count, wanted, start) {
  let mean = start;
  for (let turn = 0; turn < MOST_TURNS; turn += 1) {
    const step = (poissonCdf(count, mean) - wanted) / poissonPmf(count, mean);
    mean = Math.max(mean / 2, mean + step);
    if (Math.abs(step) < NEAR * mean) break;
  }
  return mean;
}

// Wilson and Hilferty's approximation, which is the better the larger the count: where to begin.
function nearly(count, z) {
  return count * (1 - 1 / (9 * count) + z / (3 * Math.sqrt(count))) ** 3;
}

const intervals = new Map(), MOST_INTERVALS = 5000;

/** Exact (Garwood) 95 % interval [low, high] of the mean behind `count` events. Counts repeat: each is worked out once. */
export function poissonInterval(count) {
  let interval = intervals.get(count);
  if (!interval) {
    if (intervals.size > MOST_INTERVALS) intervals.clear();
    const low = count === 0 ? 0 : meanOf(count - 1, 1 - TAIL, nearly(count, -Z));
    intervals.set(count, interval = [low, meanOf(count, TAIL, nearly(count + 1, Z))]);
  }
  return interval;
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
