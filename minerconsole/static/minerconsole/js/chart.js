// Marks on a canvas: grid, line, band, bars, sparkline. Numbers come from scale.js; a gap stays a gap.

import { Backdrop, colour, faint, widthOf, write } from "./canvas.js";
import { stretches } from "./scale.js";

const LEAST_LEFT = 62;
const PLACES = []; // 0, 1, 2 …

/** Horizontal lines at the marks of an axis that begins at 0, with their texts left of the plot. Drawn once for an axis. */
export class Grid {
  #textOf; #key = ""; #texts = []; #left = LEAST_LEFT; #backdrop = new Backdrop();

  /** `textOf(value)`: what stands beside a mark, "" for nothing. */
  constructor(textOf) {
    this.#textOf = textOf;
  }

  /** Where the plot begins, so that the texts of `axis` stand left of it. The same for short texts: charts line up. */
  leftOf(axis) {
    const key = `${axis.top} ${axis.step}`;
    if (this.#key !== key) {
      this.#key = key;
      this.#texts = axis.marks.map((value) => this.#textOf(value));
      this.#left = Math.max(LEAST_LEFT, ...this.#texts.map((text) => Math.ceil(widthOf(text)) + 10));
    }
    return this.#left;
  }

  /** Draw it for the `axis` that leftOf was asked of. `box`: {left, top, right, bottom}; `y` maps values into it. */
  draw(context, width, height, box, axis, y) {
    this.#backdrop.paint(context, width, height, `${this.#key} ${box.left}`, (behind) => drawMarks(behind, box, axis.marks, y, this.#texts));
  }
}

function drawMarks(context, box, marks, y, texts) {
  const heights = marks.map((value) => Math.round(y(value)) + 0.5);
  context.lineWidth = 1;
  drawLevels(context, box, heights.slice(1), "--line");
  drawLevels(context, box, heights.slice(0, 1), "--edge");
  texts.forEach((text, place) => { if (text) write(context, text, box.left - 8, heights[place], { align: 1 }); });
}

function drawLevels(context, box, heights, name) {
  context.strokeStyle = colour(name);
  context.beginPath();
  for (const height of heights) {
    context.moveTo(box.left, height);
    context.lineTo(box.right, height);
  }
  context.stroke();
}

/** Texts of the time axis below the plot. */
export function drawTimes(context, box, marks, x, text) {
  context.strokeStyle = colour("--line");
  context.lineWidth = 1;
  context.beginPath();
  let free = -Infinity;
  for (const at of marks) {
    const place = x(at), words = text(at), half = widthOf(words) / 2;
    const middle = Math.min(Math.max(place, box.left + half), box.right - half);
    if (middle - half < free) continue;
    free = middle + half + 12;
    write(context, words, middle, box.bottom + 13, { align: 0.5 });
    context.moveTo(Math.round(place) + 0.5, box.bottom);
    context.lineTo(Math.round(place) + 0.5, box.bottom + 4);
  }
  context.stroke();
}

/** A line over `values` at `times`; `fill`: the alpha under it; `dash`; `width`. */
export function drawLine(context, times, values, x, y, { name, width = 2, fill = 0, dash = null, base = 0 }) {
  context.lineWidth = width;
  context.lineJoin = "round";
  if (dash) context.setLineDash(dash);
  context.strokeStyle = colour(name);
  for (const [start, end] of stretches(values)) {
    if (end - start === 1) { // a single value is a dot: it is not joined to anything
      context.fillStyle = colour(name);
      context.fillRect(x(times[start]) - width, y(values[start]) - width, width * 2, width * 2);
      continue;
    }
    context.beginPath();
    context.moveTo(x(times[start]), y(values[start]));
    for (let place = start + 1; place < end; place += 1) context.lineTo(x(times[place]), y(values[place]));
    context.stroke();
    if (fill) { // the same path goes on: a Path2D of its own costs more than all its points
      context.lineTo(x(times[end - 1]), y(base));
      context.lineTo(x(times[start]), y(base));
      context.fillStyle = faint(name, fill);
      context.fill();
    }
  }
  if (dash) context.setLineDash([]);
}

/** A translucent band between two lists. */
export function drawBand(context, times, lows, highs, x, y, { name, alpha = 0.14 }) {
  context.fillStyle = faint(name, alpha);
  for (const [start, end] of stretches(lows)) {
    if (end - start < 2) continue;
    context.beginPath();
    context.moveTo(x(times[start]), y(highs[start]));
    for (let place = start + 1; place < end; place += 1) context.lineTo(x(times[place]), y(highs[place]));
    for (let place = end - 1; place >= start; place -= 1) context.lineTo(x(times[place]), y(lows[place]));
    context.closePath();
    context.fill();
  }
}

/** Stacked bars: `layers` = [{values, name, pattern}], one bar for each time, `stepS` wide. A layer is one path. */
export function drawBars(context, times, layers, x, y, stepS) {
  const sums = new Array(times.length).fill(0);
  for (const { values, name, pattern } of layers) {
    const rects = [];
    for (let place = 0; place < times.length; place += 1) {
      if (!values[place]) continue;
      const left = Math.round(x(times[place])) + 1, right = Math.max(left + 1, Math.round(x(times[place] + stepS)) - 1);
      const low = y(sums[place]), high = y(sums[place] += values[place]);
      rects.push({ left, right, top: high, bottom: Math.max(high + 1, low) });
    }
    if (!rects.length) continue;
    context.beginPath();
    for (const { left, right, top, bottom } of rects) context.rect(left, top, right - left, bottom - top);
    context.fillStyle = colour(name);
    context.fill();
    if (pattern) hatch(context, rects);
  }
}

// Not by colour alone: what went wrong is hatched.
function hatch(context, rects) {
  context.strokeStyle = colour("--card");
  context.lineWidth = 1;
  context.beginPath();
  for (const { left, right, top, bottom } of rects) {
    for (let at = left - (bottom - top); at < right; at += 4) { // upwards to the right, from `at` on the lower edge
      const from = Math.max(left, at), to = Math.min(right, at + bottom - top);
      context.moveTo(from, bottom - (from - at));
      context.lineTo(to, bottom - (to - at));
    }
  }
  context.stroke();
}

/** The shape of an event on the top edge: ▲ change, ◆ loss, ◇ recovery, ★ block. */
export function drawMark(context, place, top, shape) {
  const name = shape === "◆" ? "--critical" : shape === "◇" ? "--ok" : "--info";
  write(context, shape, place, top + 6, { name, align: 0.5 });
}

/** Sixty points without axes. */
export function drawSparkline(context, width, height, values, name) {
  let most = -Infinity, least = Infinity, known = 0;
  for (const value of values) {
    if (value == null) continue;
    known += 1;
    if (value > most) most = value;
    if (value < least) least = value;
  }
  if (known < 2) return;
  while (PLACES.length < values.length) PLACES.push(PLACES.length);
  const room = Math.max(most - least, most * 0.1) || 1, middle = (most + least) / 2;
  const y = (value) => height / 2 - (value - middle) / room * (height - 4);
  const x = (place) => 1 + place / Math.max(values.length - 1, 1) * (width - 2);
  drawLine(context, PLACES, values, x, y, { name, width: 1.25, fill: 0.1, base: middle - room / 2 });
}
