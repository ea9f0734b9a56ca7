// Axes and paths of charts: numbers in, numbers out. Pure.

/** Round marks of an axis from 0 to at least `most`: {top, step, marks}. */
export function niceAxis(most, wanted = 4) {
  if (!(most > 0)) return { top: 1, step: 1, marks: [0, 1] };
  const raw = most / wanted;
  const size = 10 ** Math.floor(Math.log10(raw));
  const step = [1, 2, 2.5, 5, 10].map((factor) => factor * size).find((candidate) => candidate >= raw * 0.999);
  const count = Math.max(1, Math.ceil(most / step - 1e-9));
  return { top: count * step, step, marks: Array.from({ length: count + 1 }, (_, place) => place * step) };
}

const TIME_STEPS = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10800, 21600, 43200, 86400, 172800, 432000];

/** Round marks of time between two Unix seconds, at most `most` of them; `zoneS`: seconds the zone is ahead of UTC. */
export function timeMarks(start, end, most, zoneS = 0) {
  const step = TIME_STEPS.find((candidate) => (end - start) / candidate <= most) ?? TIME_STEPS.at(-1);
  const marks = [];
  for (let at = Math.ceil((start + zoneS) / step) * step - zoneS; at <= end; at += step) marks.push(at);
  return { step, marks };
}

/** A straight map from [from, to] to [low, high]. */
export function linear(from, to, low, high) {
  const factor = to === from ? 0 : (high - low) / (to - from);
  return (value) => low + (value - from) * factor;
}

/** Stretches without a gap: [[start, end)…] of the places where `values` are known. A gap is a gap. */
export function stretches(values) {
  const found = [];
  let start = -1;
  for (let place = 0; place <= values.length; place += 1) {
    const isKnown = place < values.length && values[place] != null;
    if (isKnown && start < 0) start = place;
    if (!isKnown && start >= 0) {
      found.push([start, place]);
      start = -1;
    }
  }
  return found;
}

/** The largest known value of several lists, 0 without any. */
export function largest(...lists) {
  let most = 0;
  for (const list of lists) for (const value of list) if (value != null && value > most) most = value;
  return most;
}

/** The largest known value at or after `start`, 0 without any. */
export function largestSince(start, times, values) {
  let most = 0;
  values.forEach((value, place) => { if (value != null && value > most && times[place] >= start) most = value; });
  return most;
}

/** Means over the last `count` places, of what is known there; a place that is a gap stays one. */
export function trailingMean(values, count) {
  const means = new Array(values.length).fill(null);
  let sum = 0, known = 0;
  for (let place = 0; place < values.length; place += 1) {
    const leaving = place - count;
    if (values[place] != null) { sum += values[place]; known += 1; }
    if (leaving >= 0 && values[leaving] != null) { sum -= values[leaving]; known -= 1; }
    if (values[place] != null) means[place] = Math.max(0, sum / known); // sums of floats do not come back to 0 exactly
  }
  return means;
}
