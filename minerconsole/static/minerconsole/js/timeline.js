// What the chart shows: stored history joined with what came live. Bins of a fixed step; a gap stays a gap. Pure.

// What is summed of a sample; emptySample, addTo and totals name each of them.
export const SUMS = ["credited", "accepted", "rejected", "stale", "lost"];
const COLUMNS = ["times", "hashrate", "seconds", ...SUMS];
const KEEP_S = 2 * 3600 + 60;
const SETTLED_S = 5, SPANS_S = 150;
const MOST_STEP_S = 15; // two frames further apart than this leave a gap: nobody watched
const FINE_STEP_S = 2.5; // between two further apart than this the recorder knows better

/** Seconds shown, seconds of a bin, and the part of the past that stays hidden in front (for means over it). */
export const RANGES = {
  "1m": { spanS: 60, stepS: 1 }, "5m": { spanS: 300, stepS: 1 }, "15m": { spanS: 900, stepS: 2 },
  "1h": { spanS: 3600, stepS: 10 }, "24h": { spanS: 86400, stepS: 300 }, "7d": { spanS: 604800, stepS: 1800 },
  "30d": { spanS: 2592000, stepS: 7200 },
};

const CHART_STEPS = 225, MOST_FRAMES = 10;

/** How many frames, of one a second, until a chart of this range is drawn again: when it has moved by about three pixels. */
export function framesADraw(range) {
  return Math.min(MOST_FRAMES, Math.ceil(RANGES[range].spanS / CHART_STEPS));
}

/** Seconds of live figures by second: hashes, watched seconds, share counts. One for each algorithm. */
export class LiveTail {
  constructor() {
    this.tracks = new Map(); // algorithm -> Map(second -> sample)
    this.spans = []; // {algorithm, start, end, rate} between two frames, of the newest ones, in the order of time
    this.last = null;
  }

  /** Take a frame. What happened since the one before is spread evenly over the time between them. */
  add(frame) {
    const last = this.last;
    this.last = frame;
    if (!last || last.epoch !== frame.epoch || last.algorithm !== frame.algorithm) return;
    const watched = frame.at - last.at;
    if (watched < 0 || watched > MOST_STEP_S) this.spans = [];
    if (watched < 0) this.#forgetFrom(Math.floor(frame.at));
    if (!(watched > 0) || watched > MOST_STEP_S) return;
    const sums = sharesBetween(last, frame);
    if (frame.state === "mining" || last.state === "mining") this.#spread(last.at, frame, hashesBetween(last, frame));
    this.#count(frame, sums);
    this.#forget(frame.at - KEEP_S);
  }

  #spread(start, frame, hashes) {
    const rate = hashes / (frame.at - start);
    this.spans.push({ algorithm: frame.algorithm, start, end: frame.at, rate });
    if (this.spans[0].end < frame.at - SPANS_S) this.spans.shift();
    for (let second = Math.floor(start); second < frame.at; second += 1) {
      const part = Math.min(second + 1, frame.at) - Math.max(second, start);
      if (part <= 0) continue;
      const sample = this.#sample(frame.algorithm, second);
      sample.hashes += rate * part;
      sample.isCoarse ||= frame.at - start > FINE_STEP_S;
      sample.seconds += part;
    }
  }

  #count(frame, sums) {
    if (!SUMS.some((name) => sums[name])) return;
    const sample = this.#sample(frame.algorithm, Math.floor(frame.at));
    for (const name of SUMS) sample[name] += sums[name];
  }

  #sample(algorithm, second) {
    let track = this.tracks.get(algorithm);
    if (!track) this.tracks.set(algorithm, track = new Map());
    let sample = track.get(second);
    if (!sample) track.set(second, sample = emptySample());
    return sample;
  }

  #forget(before) {
    for (const track of this.tracks.values()) {
      for (const second of track.keys()) {
        if (second >= before) break; // in the order of time
        track.delete(second);
      }
    }
  }

  // The clock of the node was set back: these seconds come once more.
  #forgetFrom(first) {
    for (const track of this.tracks.values()) for (const second of track.keys()) if (second >= first) track.delete(second);
  }

  /** {hashes, seconds} in [from, to), not to the second; null where it is not known since when frames were seen. */
  exactly(algorithm, from, to) {
    if (!(this.spans[0]?.start <= from)) return null;
    const sum = { hashes: 0, seconds: 0 };
    for (let place = this.spans.length - 1; place >= 0 && this.spans[place].end > from; place -= 1) {
      const span = this.spans[place], part = Math.min(span.end, to) - Math.max(span.start, from);
      if (part <= 0 || span.algorithm !== algorithm) continue;
      sum.hashes += span.rate * part;
      sum.seconds += part;
    }
    return sum;
  }

  /** The sum of samples in [start, end), null when there is none. */
  between(algorithm, start, end) {
    const track = this.tracks.get(algorithm);
    if (!track) return null;
    let sum = null;
    for (let second = start; second < end; second += 1) {
      const sample = track.get(second);
      if (!sample) continue;
      addTo(sum ??= emptySample(), sample);
    }
    return sum;
  }
}

function emptySample() {
  return { hashes: 0, seconds: 0, credited: 0, accepted: 0, rejected: 0, stale: 0, lost: 0, isCoarse: false };
}

// By name, not in a loop over names: it is done for each second of what is drawn.
function addTo(sum, sample) {
  sum.hashes += sample.hashes;
  sum.isCoarse ||= sample.isCoarse;
  sum.seconds += sample.seconds;
  sum.credited += sample.credited;
  sum.accepted += sample.accepted;
  sum.rejected += sample.rejected;
  sum.stale += sample.stale;
  sum.lost += sample.lost;
}

function hashesBetween(last, frame) {
  const before = last.cores, after = frame.cores;
  let sum = 0;
  for (let place = 0; place < after.core.length; place += 1) {
    let old = place; // nearly always: the order changes only with the cores that were chosen
    if (before.core[old] !== after.core[place]) old = before.core.indexOf(after.core[place]);
    if (old >= 0 && after.hashes[place] > before.hashes[old]) sum += after.hashes[place] - before.hashes[old];
  }
  return sum;
}

function sharesBetween(last, frame) {
  const old = last.shares, now = frame.shares;
  const grown = (name) => Math.max(0, (now[name] ?? 0) - (old[name] ?? 0));
  return {
    credited: grown("difficulty_accepted"), accepted: grown("accepted"), rejected: grown("rejected"),
    stale: grown("stale"), lost: grown("lost"),
  };
}

/** Bins of one step over a moving window. `load` puts stored history in; `read` joins the live tail to it. */
export class Timeline {
  constructor(spanS, stepS) {
    this.spanS = spanS;
    this.stepS = stepS;
    this.wantedStepS = stepS;
    this.until = 0;
    this.stored = new Map(); // algorithm -> Map(bin start -> sample)
    this.settled = new Map(); // algorithm -> the bins that are read, and before when no frame can change them any more
  }

  /** Take an answer of …/series (its own step is the one used from now on). `until`: to when it was recorded, or 0. */
  load(series, until) {
    this.stepS = series.step_s;
    this.until = until;
    this.stored = new Map();
    this.settled = new Map();
    for (const [algorithm, columns] of Object.entries(series.tracks)) {
      const track = new Map();
      series.times.forEach((at, place) => {
        const seconds = columns.seconds[place];
        if (seconds == null) return;
        const sample = { hashes: (columns.hashrate[place] ?? 0) * seconds, seconds };
        for (const name of SUMS) sample[name] = columns[name]?.[place] ?? 0;
        track.set(at, sample);
      });
      this.stored.set(algorithm, track);
    }
  }

  algorithms(tail) {
    return [...new Set([...this.stored.keys(), ...tail.tracks.keys()])];
  }

  /**
   * {start, stepS, times, hashrate, seconds, accepted, …} up to `now`; null is a gap. Stored, or live where that saw more.
   * The same lists each time, which move on with it: new ones for each drawing would keep the browser at collecting them.
   */
  read(algorithm, now, tail) {
    const step = this.stepS, count = Math.ceil(this.spanS / step), last = this.settled.get(algorithm);
    let end = Math.floor(now / step) * step + step;
    if (last && end === last.bins.end - step) end = last.bins.end; // the clock of the node was a little ahead: stay there
    const start = end - count * step, moved = last ? (start - last.bins.start) / step : -1;
    const kept = moved < 0 ? 0 : Math.max(0, Math.min(count - moved, Math.ceil((last.before - start) / step) - 1));
    const bins = kept > 0 ? last.bins : emptyBins(step);
    bins.start = start;
    bins.end = end;
    if (kept > 0 && moved > 0) for (const name of COLUMNS) bins[name].splice(0, moved);
    for (let place = kept, at = start + place * step; place < count; place += 1, at += step) {
      for (const name of COLUMNS) bins[name][place] = null;
      bins.times[place] = at;
      const sample = this.#joined(algorithm, at, now, tail);
      if (sample) putIn(bins, place, sample, step);
    }
    this.settled.set(algorithm, { bins, before: Math.min(now, tail.last?.at ?? 0) - SETTLED_S });
    return bins;
  }

  #joined(algorithm, at, now, tail) {
    const end = at + this.stepS;
    const live = end > now - KEEP_S ? tail.between(algorithm, at, end) : null;
    const stored = this.stored.get(algorithm)?.get(at) ?? null;
    if (!stored || !live) return stored ?? live;
    if (!this.until) return fuller(stored, live);
    return recorded(this.until > at && this.until < end ? this.#withRest(stored, tail, algorithm, end) : stored, live);
  }

  // A bin that was not over when it was recorded: the rest of it was only seen live. The Frame that was recorded last is
  // of the second in which `until` lies: its shares are counted, and of its hashes those of what was left of the second.
  #withRest(stored, tail, algorithm, end) {
    const second = Math.floor(this.until), rest = tail.between(algorithm, second + 1, end), sum = { ...stored };
    const left = tail.exactly(algorithm, this.until, second + 1) ?? this.#leftOf(second, tail.between(algorithm, second, second + 1));
    sum.seconds += left.seconds;
    sum.hashes += left.hashes;
    if (rest) addTo(sum, rest);
    return sum;
  }

  // Of a second that was seen in part, as if it had been hashed evenly in it.
  #leftOf(second, begun) {
    const seconds = begun ? Math.max(0, begun.seconds - (this.until - second)) : 0;
    return { seconds, hashes: seconds > 0 ? begun.hashes * seconds / begun.seconds : 0 };
  }
}

function emptyBins(stepS) {
  const bins = { start: 0, end: 0, stepS };
  for (const name of COLUMNS) bins[name] = [];
  return bins;
}

function putIn(bins, place, sample, step) {
  bins.seconds[place] = sample.seconds;
  if (sample.seconds >= Math.min(0.5, step / 2)) bins.hashrate[place] = sample.hashes / sample.seconds;
  for (const name of SUMS) bins[name][place] = sample[name];
}

// Of a bin that may not have been over when it was recorded: what saw more of it.
function fuller(stored, live) {
  if (live.isCoarse && stored.seconds > 0.8 * live.seconds) return stored;
  return live.seconds >= stored.seconds ? live : stored;
}

// What was recorded is what every page shows: a page that missed a Frame counts its shares a second later.
function recorded(stored, live) {
  return stored.seconds > (live.isCoarse ? 0.8 : 0.95) * live.seconds ? stored : live;
}

/** To when an answer of …/series with a fine step was recorded, Unix seconds: the time of a Frame. 0: cannot be told. */
export function recordedUntil(series) {
  if (series.step_s > MOST_STEP_S) return 0;
  for (let place = series.times.length - 1; place >= 0; place -= 1) {
    const watched = Math.max(0, ...Object.values(series.tracks).map((columns) => columns.seconds[place] ?? 0));
    if (watched > 0) return series.times[place] + watched;
  }
  return 0;
}

/** Sums over all bins: {seconds, hashed, credited, accepted, …}. */
export function totals(bins) {
  const sum = emptySample();
  for (let place = 0; place < bins.seconds.length; place += 1) {
    const seconds = bins.seconds[place];
    if (seconds == null) continue;
    sum.seconds += seconds;
    sum.hashes += (bins.hashrate[place] ?? 0) * seconds;
    sum.credited += bins.credited[place] ?? 0;
    sum.accepted += bins.accepted[place] ?? 0;
    sum.rejected += bins.rejected[place] ?? 0;
    sum.stale += bins.stale[place] ?? 0;
    sum.lost += bins.lost[place] ?? 0;
  }
  return sum;
}
