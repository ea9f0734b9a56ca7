// Accepted, stale and rejected shares as stacked bars: by minute for up to an hour, by bin for longer.

import { Surface } from "../canvas.js";
import { drawBars, drawTimes, Grid } from "../chart.js";
import { byId, keepRows, make, mark, panelState, say, show } from "../dom.js";
import { axisTime, moment, span, whole } from "../format.js";
import { lastOf } from "../hour.js";
import { linear, niceAxis, timeMarks } from "../scale.js";
import { RANGES, totals } from "../timeline.js";

const panel = byId("outcomes-panel"), summary = byId("outcomes-summary"), tag = byId("outcomes-step");
const table = byId("outcomes-table"), body = byId("outcomes-rows");
const box = { left: 0, top: 8, right: 0, bottom: 0 };
const grid = new Grid((value) => Number.isInteger(value) ? whole(value) : "");
let bins = null, late = []; // late: stale or lost
const surface = new Surface(byId("outcomes-chart"), draw);

export function updateOutcomes(history, frame, now) {
  const algorithm = frame?.algorithm ?? history.shown.algorithms(history.tail)[0] ?? "rx/0";
  const source = history.isLong ? history.shown : history.minutes;
  const spanS = history.isLong ? RANGES[history.range].spanS : 3600;
  bins = lastOf(source.read(algorithm, now, history.tail), spanS);
  const sums = totals(bins), failed = sums.stale + sums.lost + sums.rejected;
  const isKnown = bins.seconds.some((value) => value != null);
  const sentence = history.state === "loading" ? "Loading what was recorded." : history.trouble || "No shares in this time.";
  panelState(panel, isKnown ? "ready" : history.state === "ready" ? "empty" : history.state, sentence);
  say(tag, bins.stepS === 60 ? "per minute" : `per ${span(bins.stepS)}`);
  const over = history.isLong ? `last ${history.range}` : "last hour";
  say(summary, `${over}: ${whole(sums.accepted)} accepted, ${whole(sums.stale + sums.lost)} stale or lost, ${whole(sums.rejected)} rejected${failed ? "" : ", none failed"}.`);
  surface.paint();
  if (!table.hidden) fill();
}

function lateOf(bins) {
  return bins.stale.map((count, place) => count == null ? null : count + bins.lost[place]);
}

function draw(context, width, height) {
  if (!bins) return;
  late = lateOf(bins);
  box.right = width - 12;
  box.bottom = height - 26;
  const axis = niceAxis(Math.max(mostAtOnce(), 2), 2);
  box.left = grid.leftOf(axis);
  const end = bins.times.at(-1) + bins.stepS;
  const x = linear(bins.times[0], end, box.left, box.right), y = linear(0, axis.top, box.bottom, box.top);
  grid.draw(context, width, height, box, axis, y);
  const zone = -new Date(end * 1000).getTimezoneOffset() * 60;
  const times = timeMarks(bins.times[0], end, Math.max(2, Math.floor((width - box.left) / 90)), zone);
  drawTimes(context, box, times.marks, x, (at) => axisTime(at, times.step));
  const layers = [
    { values: bins.accepted, name: "--ok" }, { values: late, name: "--warn", pattern: true }, { values: bins.rejected, name: "--rejected", pattern: true },
  ];
  drawBars(context, bins.times, layers, x, y, bins.stepS);
}

function mostAtOnce() {
  let most = 0;
  for (let place = 0; place < bins.times.length; place += 1) {
    most = Math.max(most, (bins.accepted[place] ?? 0) + (late[place] ?? 0) + (bins.rejected[place] ?? 0));
  }
  return most;
}

function fill() {
  late = lateOf(bins);
  const places = bins.times.map((_, place) => place).reverse();
  const rows = keepRows(body, places.length, () => {
    const row = make("tr");
    row.append(make("th"), make("td"), make("td"), make("td"));
    row.firstElementChild.scope = "row";
    return row;
  });
  places.forEach((place, number) => {
    const cells = rows[number].children;
    say(cells[0], moment(bins.times[place]));
    [bins.accepted, late, bins.rejected].forEach((list, cell) => say(cells[cell + 1], list[place] == null ? "not recorded" : whole(list[place])));
  });
}

byId("outcomes-as-table").addEventListener("click", (event) => {
  show(table, table.hidden);
  mark(event.target, "aria-expanded", String(!table.hidden));
  say(event.target, table.hidden ? "Show as table" : "Hide the table");
  if (!table.hidden && bins) fill();
});
