// Shares against hashes over a moving window: the band of the chart and the figures of the hour. Pure.

import { poissonInterval } from "./luck.js";
import { SUMS } from "./timeline.js";

const LEAST_WATCHED_S = 60;

/**
 * What shares say about the rate, over `windowS` seconds up to the end of each bin: {times, lows, highs}; times are the
 * ends. `difficulty`: hashes per share, used for windows in which none came; null where too little was watched.
 */
export function shareBand(bins, windowS, difficulty) {
  const width = Math.max(1, Math.round(windowS / bins.stepS));
  const band = { times: [], lows: [], highs: [] };
  const sum = { seconds: 0, credited: 0, accepted: 0 };
  const grow = (place, sign) => {
    if (place < 0 || bins.seconds[place] == null) return;
    sum.seconds += sign * bins.seconds[place];
    sum.credited += sign * bins.credited[place];
    sum.accepted += sign * bins.accepted[place];
  };
  bins.times.forEach((at, place) => {
    grow(place, 1);
    grow(place - width, -1);
    const count = Math.round(sum.accepted);
    const worth = count > 0 ? sum.credited / count : difficulty;
    const isKnown = bins.seconds[place] != null && sum.seconds >= LEAST_WATCHED_S && worth > 0;
    const [low, high] = isKnown ? poissonInterval(count) : [null, null];
    band.times.push(at + bins.stepS);
    band.lows.push(isKnown ? low * worth / sum.seconds : null);
    band.highs.push(isKnown ? high * worth / sum.seconds : null);
  });
  return band;
}

/** The bins of the last `seconds` of `bins`. */
export function lastOf(bins, seconds) {
  const count = Math.ceil(seconds / bins.stepS), from = Math.max(0, bins.times.length - count);
  if (from === 0) return bins;
  const cut = { ...bins, start: bins.times[from] ?? bins.start };
  for (const name of ["times", "hashrate", "seconds", ...SUMS]) cut[name] = bins[name].slice(from);
  return cut;
}

/** Hashes that a share stands for, as the frame tells it: the median wait is ln 2 mean waits. */
export function difficultyOf(frame) {
  const median = frame?.next_share_s?.p50, rate = frame?.hashrate_hps.s10;
  return median && rate ? median / Math.LN2 * rate : null;
}
