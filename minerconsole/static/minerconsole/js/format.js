// Figures as texts: three significant digits, SI units, "–" for unknown. Pure; the same words as the terminal's.

export const NOTHING = "–";
const SPACE = "\u00a0";
const RATE_UNITS = ["H/s", "kH/s", "MH/s", "GH/s", "TH/s"];
const COUNT_UNITS = ["", "k", "M", "G", "T", "P"];

function significant(value) {
  const text = value.toFixed(value < 9.995 ? 2 : value < 99.95 ? 1 : 0);
  return text === "-0.00" ? "0.00" : text;  // a mean of noughts may be a hair below
}

// Which power of 1000 a value is shown in, so that 999.7 becomes 1.00 k and not 1000.
function power(value, most) {
  let step = 0;
  for (let rest = Math.abs(value); rest >= 999.5 && step < most; rest /= 1000) step += 1;
  return step;
}

/** [number, unit] of a hash rate in hashes per second: ["1.23", "kH/s"]. */
export function rateParts(hps) {
  if (hps == null || !Number.isFinite(hps)) return [NOTHING, ""];
  const step = power(hps, RATE_UNITS.length - 1);
  return [significant(hps / 1000 ** step), RATE_UNITS[step]];
}

export function rate(hps) {
  return rateParts(hps).filter(Boolean).join(SPACE);
}

/** "±31" in the unit of `hps`: the width of an interval beside its value. */
export function rateIn(hps, like) {
  const step = power(like, RATE_UNITS.length - 1);
  return significant(hps / 1000 ** step);
}

/** A whole number with its thousands apart: 1 204. */
export function whole(count) {
  if (count == null || !Number.isFinite(count)) return NOTHING;
  const digits = String(Math.round(count));
  return digits.length < 4 ? digits : digits.replace(/\B(?=(\d{3})+(?!\d))/g, SPACE);
}

/** A large number in short: 480 k. */
export function short(count) {
  if (count == null || !Number.isFinite(count)) return NOTHING;
  if (Math.abs(count) < 10000) return whole(count);
  const step = power(count, COUNT_UNITS.length - 1);
  return `${significant(count / 1000 ** step)}${SPACE}${COUNT_UNITS[step]}`;
}

export function percent(value, digits = 1) {
  return value == null || !Number.isFinite(value) ? NOTHING : `${value.toFixed(digits)}${SPACE}%`;
}

/** A span of time: 0.4 s, 42 s, 3 min, 2.1 h, 5.0 days. */
export function span(seconds) {
  if (seconds == null || !Number.isFinite(seconds)) return NOTHING;
  if (seconds < 10) return `${seconds.toFixed(1)}${SPACE}s`;
  if (seconds < 120) return `${Math.floor(seconds)}${SPACE}s`;
  if (seconds < 7200) return `${Math.floor(seconds / 60)}${SPACE}min`;
  if (seconds < 172800) return `${(seconds / 3600).toFixed(1)}${SPACE}h`;
  return `${(seconds / 86400).toFixed(1)}${SPACE}days`;
}

export function milliseconds(value) {
  return value == null ? NOTHING : `${value < 10 ? value.toFixed(1) : Math.round(value)}${SPACE}ms`;
}

const two = (number) => String(number).padStart(2, "0");

/** The time of day of Unix seconds, in the zone of the browser: 14:03:09. */
export function clock(at) {
  const date = new Date(at * 1000);
  return `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`;
}

/** The same with the day, and without seconds: 2026-11-28 14:03. */
export function moment(at) {
  const date = new Date(at * 1000);
  const day = `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
  return `${day} ${two(date.getHours())}:${two(date.getMinutes())}`;
}

/** The mark of an axis: as fine as the span between two marks asks for. */
export function axisTime(at, stepS) {
  const date = new Date(at * 1000);
  if (stepS < 60) return clock(at);
  if (stepS < 86400) return `${two(date.getHours())}:${two(date.getMinutes())}`;
  return `${two(date.getMonth() + 1)}-${two(date.getDate())}`;
}

/** "1 in 40": how rarely chance alone does this. */
export function odds(probability) {
  if (probability == null) return NOTHING;
  return `1${SPACE}in${SPACE}${short(Math.max(1, Math.round(1 / Math.max(probability, 1e-12))))}`;
}

/** The name people know an algorithm by. */
export function family(algorithm) {
  return algorithm && algorithm.startsWith("rx/") ? "RandomX" : algorithm === "scrypt" ? "Scrypt" : algorithm || NOTHING;
}

/** The same with the algorithm's own name, where that says more: "RandomX rx/0", "Scrypt". */
export function familyName(algorithm) {
  const name = family(algorithm);
  return name.toLowerCase() === algorithm ? name : `${name} ${algorithm}`;
}
