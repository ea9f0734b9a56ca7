// The big chart: the rate now, its mean, what is expected, what shares say, and what happened. Also as text and table.

import { colour, Surface } from "../canvas.js";
import { drawBand, drawLine, drawMark, drawTimes, Grid } from "../chart.js";
import { byId, keepRows, make, mark, panelState, say, show } from "../dom.js";
import { chartMark } from "../event_words.js";
import { axisTime, clock, family, familyName, moment, NOTHING, rate, whole } from "../format.js";
import { difficultyOf, lastOf, shareBand } from "../hour.js";
import { largest, largestSince, linear, niceAxis, timeMarks, trailingMean } from "../scale.js";
import { framesADraw, RANGES } from "../timeline.js";

const SLOW_FRAMES = 5, SLOW_DRAWS = 3, SMOOTH_S = 10, MOST_MARKS = 60, MOST_ROWS = 500, TABLE_FRAMES = 6, EDGE_PX = 14;
const panel = byId("rate-panel"), holder = byId("rate-holder"), tip = byId("rate-tip"), summary = byId("rate-summary");
const marksList = byId("rate-marks"), table = byId("rate-table"), rowsBody = byId("rate-rows"), chips = byId("rate-algorithms");
const meanLabel = panel.querySelector(".legend li:nth-child(2)").lastChild;
const grid = new Grid((value) => value === 0 ? "0" : rate(value));
const box = { left: 0, top: 20, right: 0, bottom: 0 };
const events = [];
let summaryKey = "", filledFor = null, model = null, cursor = null, chosen = null, x = () => 0, y = () => 0;
const surface = new Surface(byId("rate-chart"), draw);

/** Keep an event that is worth a mark. `at`: Unix seconds. */
export function markEvent(event) {
  const found = event.at ? chartMark(event) : null;
  if (!found) return;
  if (events.some((known) => known.at === event.at && known.word === found.word)) return;
  events.push({ at: event.at, ...found });
  if (events.length > MOST_MARKS) events.shift();
}

/** Draw anew. `history`, the newest `frame` (or null), `now` in the clock of the node. */
export function updateRateChart(history, frame, now) {
  const algorithms = history.shown.algorithms(history.tail);
  const algorithm = chosen && algorithms.includes(chosen) ? chosen : frame?.algorithm ?? algorithms[0] ?? "rx/0";
  offerAlgorithms(algorithms, algorithm);
  model = modelOf(history, frame, now, algorithm);
  const hasSome = model.rates.some((value) => value != null);
  const sentence = history.state === "loading" ? "Loading what was recorded." : history.trouble || "Nothing was hashed in this time. It is drawn here when it is.";
  panelState(panel, hasSome ? "ready" : history.state === "ready" ? "empty" : history.state, sentence);
  mark(panel, "data-family", algorithm === "scrypt" ? "scrypt" : "randomx");
  say(meanLabel, history.isLong ? `${Math.round(history.windowS / 3600)} h mean` : "15 min mean");
  const key = `${slow.key} ${hasSome}`;
  if (key !== summaryKey) {
    summaryKey = key;
    say(summary, summaryWords(algorithm, history.range));
  }
  surface.paint();
  showMarks();
  const turn = turnOf(frame, now, TABLE_FRAMES);
  if (!table.hidden && turn !== filledFor) fillTable(turn);
  if (cursor != null) showTip();
}

// Which so many frames this one belongs to: all pages do what costs more for the same ones.
function turnOf(frame, now, frames) {
  return Math.floor((frame ? frame.seq : now) / frames);
}

function modelOf(history, frame, now, algorithm) {
  const spanS = RANGES[history.range].spanS;
  const whole = history.shown.read(algorithm, now, history.tail);
  const bins = lastOf(whole, spanS);
  const smooth = Math.round(SMOOTH_S / bins.stepS);
  const rates = smooth > 1 ? trailingMean(bins.hashrate, smooth) : bins.hashrate;
  const { band, means } = slowLines(history, whole, frame, now, algorithm);
  const expected = frame?.algorithm === algorithm ? frame.expected_hps : null;
  return { algorithm, bins, rates, band, means, expected, start: now - spanS, end: now, spanS };
}

// Band and mean look back over an hour: they are worked out again at each few draws, or when the history is another one.
let slow = { key: "" };

function slowLines(history, bins, frame, now, algorithm) {
  const turn = turnOf(frame, now, Math.max(SLOW_FRAMES, SLOW_DRAWS * framesADraw(history.range)));
  const key = `${algorithm} ${history.range} ${history.version} ${turn}`;
  if (slow.key === key) return slow;
  const base = history.isLong ? bins : history.minutes.read(algorithm, now, history.tail);
  const band = shareBand(base, history.windowS, frame?.algorithm === algorithm ? difficultyOf(frame) : null);
  const meanCount = Math.max(1, Math.round((history.isLong ? history.windowS : 900) / base.stepS));
  const means = { times: base.times.map((at) => at + base.stepS / 2), values: trailingMean(base.hashrate, meanCount) };
  const start = now - RANGES[history.range].spanS;
  return slow = { key, band: since(start, band), means: since(start, means) };
}

// What is drawn of lists that look back further: from the last place before `start` on.
function since(start, lists) {
  const next = lists.times.findIndex((at) => at >= start);
  const first = Math.max(0, (next < 0 ? lists.times.length : next) - 1);
  return Object.fromEntries(Object.entries(lists).map(([name, list]) => [name, list.slice(first)]));
}

function offerAlgorithms(algorithms, current) {
  show(chips, algorithms.length > 1);
  if (chips.dataset.has === algorithms.join(" ")) return;
  chips.dataset.has = algorithms.join(" ");
  chips.querySelectorAll("label").forEach((label) => label.remove());
  for (const algorithm of algorithms) {
    const label = make("label"), radio = make("input");
    radio.type = "radio";
    radio.name = "rate-algorithm";
    radio.checked = algorithm === current;
    radio.addEventListener("change", () => { chosen = algorithm; });
    label.append(radio, make("span", "", familyName(algorithm)));
    chips.append(label);
  }
}

function draw(context, width, height) {
  if (!model) return;
  box.right = width - 12;
  box.bottom = height - 26;
  const { bins, rates, band, means, start, end, expected } = model;
  const most = Math.max(largest(rates), largestSince(start, means.times, means.values), expected ?? 0);
  const bandTop = largestSince(start, band.times, band.highs);
  const axis = niceAxis(Math.max(most * 1.12, Math.min(bandTop, most * 1.6)) || 1);
  box.left = grid.leftOf(axis);
  x = linear(start, end, box.left, box.right);
  y = linear(0, axis.top, box.bottom, box.top);
  grid.draw(context, width, height, box, axis, y);
  const zone = -new Date(end * 1000).getTimezoneOffset() * 60;
  const times = timeMarks(start, end, Math.max(2, Math.floor((width - box.left) / 90)), zone);
  drawTimes(context, box, times.marks, x, (at) => axisTime(at, times.step));
  context.save();
  context.beginPath();
  context.rect(box.left, 0, box.right - box.left, box.bottom);
  context.clip();
  const name = model.algorithm === "scrypt" ? "--scrypt" : "--randomx";
  drawBand(context, band.times, band.lows, band.highs, (at) => x(Math.min(at, end)), y, { name: "--info" });
  if (expected) drawLine(context, [start, end], [expected, expected], x, y, { name: "--muted", width: 1.25, dash: [5, 4] });
  drawLine(context, bins.times, rates, (at) => x(Math.min(at + bins.stepS, end)), y, { name, width: 2, fill: 0.12 });
  drawLine(context, means.times, means.values, x, y, { name: "--text", width: 1 });
  for (const event of events) if (event.at >= start) drawMark(context, x(event.at), 2, event.shape);
  if (cursor != null) drawCursor(context);
  context.restore();
}

function drawCursor(context) {
  const at = x(model.bins.times[cursor] + model.bins.stepS);
  context.strokeStyle = colour("--text");
  context.globalAlpha = 0.45;
  context.beginPath();
  context.moveTo(Math.round(at) + 0.5, box.top);
  context.lineTo(Math.round(at) + 0.5, box.bottom);
  context.stroke();
  context.globalAlpha = 1;
}

function summaryWords(algorithm, range) {
  let known = 0, sum = 0, least = Infinity, most = 0, last = null, missing = 0;
  for (let place = 0; place < model.rates.length; place += 1) {
    const value = model.rates[place];
    if (model.bins.seconds[place] == null) missing += 1;
    if (value == null) continue;
    known += 1;
    sum += value;
    least = Math.min(least, value);
    most = Math.max(most, value);
    last = value;
  }
  if (!known) return `${family(algorithm)}, last ${range}: nothing recorded.`;
  const gaps = missing * model.bins.stepS;
  const hole = gaps > model.bins.stepS ? ` ${Math.round(100 * gaps / model.spanS)} % of the time was not recorded.` : "";
  return `${family(algorithm)}, last ${range}: ${rate(last)} at the end, ${rate(sum / known)} on average, ${rate(least)} to ${rate(most)}.${hole}`;
}

function showMarks() {
  const inside = events.filter((event) => event.at >= model.start).slice(-6);
  const rows = keepRows(marksList, inside.length, () => make("li"));
  inside.forEach((event, place) => say(rows[place], `${event.shape} ${clock(event.at)} ${event.word}`));
  show(marksList, inside.length > 0);
}

function bandAt(at) {
  const { band } = model;
  const place = band.times.findIndex((time) => time >= at);
  const found = place < 0 ? band.times.length - 1 : place;
  return band.lows[found] == null ? NOTHING : `${rate(band.lows[found])} to ${rate(band.highs[found])}`;
}

function showTip() {
  const { bins, rates } = model;
  cursor = Math.min(cursor, bins.times.length - 1);
  const at = bins.times[cursor] + bins.stepS;
  say(tip, `${bins.stepS >= 60 ? moment(at) : clock(at)}   ${rates[cursor] == null ? "not recorded" : rate(rates[cursor])}   shares say ${bandAt(at)}`);
  show(tip, true);
  const place = x(at), isRight = place > surface.width / 2;
  tip.style.insetInlineStart = isRight ? "auto" : `${place + EDGE_PX}px`;
  tip.style.insetInlineEnd = isRight ? `${surface.width - place + EDGE_PX}px` : "auto";
}

function moveTo(place) {
  if (!model?.bins.times.length) return;
  cursor = Math.max(0, Math.min(model.bins.times.length - 1, place));
  showTip();
  surface.paint();
}

function leave() {
  cursor = null;
  show(tip, false);
  surface.paint();
}

holder.addEventListener("pointermove", (event) => {
  if (!model) return;
  const at = model.start + (event.offsetX - box.left) / Math.max(1, box.right - box.left) * model.spanS;
  moveTo(Math.round((at - model.bins.times[0]) / model.bins.stepS) - 1);
});
holder.addEventListener("pointerleave", leave);
holder.addEventListener("blur", leave);
holder.addEventListener("keydown", (event) => {
  const last = (model?.bins.times.length ?? 1) - 1;
  const next = { ArrowLeft: (cursor ?? last + 1) - 1, ArrowRight: (cursor ?? last - 1) + 1, Home: 0, End: last }[event.key];
  if (next == null) return;
  event.preventDefault();
  mark(tip, "aria-live", "polite");
  moveTo(next);
});

function fillTable(turn = null) {
  filledFor = turn;
  const { bins, rates } = model;
  const step = Math.max(1, Math.ceil(bins.times.length / MOST_ROWS));
  const places = [];
  for (let place = bins.times.length - 1; place >= 0; place -= step) places.push(place);
  const rows = keepRows(rowsBody, places.length, () => {
    const row = make("tr");
    row.append(make("th"), make("td"), make("td"), make("td"));
    row.firstElementChild.scope = "row";
    return row;
  });
  places.forEach((place, number) => {
    const [from, value, band, accepted] = rows[number].children;
    say(from, bins.stepS >= 60 ? moment(bins.times[place]) : clock(bins.times[place]));
    say(value, rates[place] == null ? "not recorded" : rate(rates[place]));
    say(band, bandAt(bins.times[place] + bins.stepS));
    say(accepted, whole(bins.accepted[place]));
  });
}

byId("rate-as-table").addEventListener("click", (event) => {
  show(table, table.hidden);
  mark(event.target, "aria-expanded", String(!table.hidden));
  say(event.target, table.hidden ? "Show as table" : "Hide the table");
  if (!table.hidden && model) fillTable();
});
