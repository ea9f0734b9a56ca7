// The dashboard: takes what the stream brings and draws it, once for each frame.

import { byId, mark, say } from "./dom.js";
import { ageOf, freshnessOf, isCurrent } from "./freshness.js";
import { History } from "./history.js";
import { difficultyOf, lastOf } from "./hour.js";
import { showLogin } from "./login_sheet.js";
import { impliedRate } from "./luck.js";
import { updateAttention } from "./panels/attention.js";
import { updateCards, updateHour, updateSpark } from "./panels/cards.js";
import { updateCores } from "./panels/cores.js";
import { addToLog, resetLog, tellSkipped } from "./panels/event_log.js";
import { updateFacts } from "./panels/facts.js";
import { noteLatency, updateHeader, wireHeader } from "./panels/header.js";
import { updateOutcomes } from "./panels/outcomes.js";
import { markEvent, updateRateChart } from "./panels/rate_chart.js";
import { Speaker } from "./speaker.js";
import { Stream } from "./stream.js";
import { framesADraw, totals } from "./timeline.js";

const HOUR_S = 3600, HOUR_EVERY_FRAMES = 5, BARS_EVERY_FRAMES = 10, LATE_MS = 1600, AT_ONCE_MS = 400, OLD_MS = 1100, SPARK_EVERY_FRAMES = 2, SPARK = 60;
const LATENCY_ROOM_S = 5, CLOCK_JUMP_S = 5;
const node = byId("main").dataset.node;
const history = new History(node, nodeTime);
const speaker = new Speaker(byId("spoken"));

let newest = null; // {frame, payeeLine, received}
let held = null; // the same, while the figures are paused, with the age at which they were held
let way = "connecting", everyS = 1, drawnSeq = null, isDrawing = false, drawnAt = -Infinity;
let spark = [], sparkEpoch = "";

const stream = new Stream({
  frame: (message, received) => take(message, received),
  snapshot: (message, received) => {
    resetLog((message.events ?? []).map(dated));
    for (const event of message.events ?? []) markEvent(dated(event));
    if (message.frame) take(message, received);
    else requestDraw();
  },
  event: (event) => {
    const told = { at: Date.now() / 1000, ...event };
    addToLog(told);
    markEvent(told);
    if (performance.now() - drawnAt > OLD_MS) requestDraw(); // the stream is not quiet, and yet the age grows
  },
  skipped: tellSkipped,
  link: (message) => {
    if (newest) newest.received = { ...newest.received, linked: message.linked };
    requestDraw();
  },
  refill: () => history.refreshSoon(),
  quiet: requestDraw, // the age still grows: late is seen as late half a second after it is
  hello: (message) => showLogin("live", message.role),
  mode: (word) => {
    way = word;
    showLogin(word);
    requestDraw();
  },
}, { node: byId("main").dataset.stream });

function dated(event) {
  return { at: event.found_unix_s ?? null, ...event };
}

// Unix seconds by the clock of the node, which made the history; by this computer's as long as nothing is known of it.
function nodeTime() {
  return newest ? newest.frame.at + ageOf(newest.received, performance.now(), Date.now()) : Date.now() / 1000;
}

function take(message, received) {
  const isOtherTime = hasJumped(message.frame, received);
  newest = { frame: message.frame, payeeLine: message.payee_line, received };
  history.tail.add(message.frame);
  if (isOtherTime) history.refreshSoon();
  keepSpark(message.frame);
  drawFrameNow();
}

// The clock of the node was set: the seconds of it that nobody saw are in what was recorded.
function hasJumped(frame, received) {
  if (newest?.frame.epoch !== frame.epoch) return false;
  const isBack = frame.seq > newest.frame.seq && frame.at < newest.frame.at;
  return isBack || Math.abs(leadOf(frame, received) - leadOf(newest.frame, newest.received)) > CLOCK_JUMP_S;
}

// How far the clock of the node is ahead of the one that counts the seconds of this page.
function leadOf(frame, received) {
  return frame.at + received.ageS - received.perf / 1000;
}

// One a second needs no animation frame asked for; more in a row are drawn together.
function drawFrameNow() {
  if (performance.now() - drawnAt < AT_ONCE_MS) requestDraw();
  else if (!document.hidden) draw();
}

function keepSpark(frame) {
  if (sparkEpoch !== frame.epoch + frame.algorithm) spark = [];
  sparkEpoch = frame.epoch + frame.algorithm;
  spark.push(frame.state === "mining" ? frame.hashrate_hps.s10 : null);
  if (spark.length > SPARK) spark.shift();
}

function requestDraw() {
  if (isDrawing || document.hidden) return;
  isDrawing = true;
  requestAnimationFrame(() => {
    isDrawing = false;
    draw();
  });
}

function draw() {
  drawnAt = performance.now();
  const shown = held ?? newest;
  const ageS = shown ? ageOf(shown.received, drawnAt, Date.now()) : null;
  // What is asked for less often is not late because of that.
  const freshness = freshnessOf(ageS == null ? null : Math.max(0, ageS - (everyS - 1)), shown?.received.linked ?? false);
  const frame = shown?.frame ?? null;
  updateHeader({ freshness, ageS, way, isPaused: held !== null, frame, everyS });
  speaker.consider({ freshness, frame, isPaused: held !== null });
  if (frame) drawFrame(shown, ageS, isCurrent(freshness));
  drawCharts(frame, held ? held.now : frame ? frame.at + ageS : Date.now() / 1000);
}

function drawFrame({ frame, payeeLine }, ageS, isFresh) {
  const key = `${frame.epoch} ${frame.seq}`;
  const isNew = key !== drawnSeq;
  drawnSeq = key;
  mark(document.body, "data-frame", key);
  if (isNew && ageS < LATENCY_ROOM_S) noteLatency(ageS);
  updateCards(frame, payeeLine, ageS);
  updateFacts(frame, ageS);
  updateAttention(frame, frame.at + ageS);
  if (!isNew) return;
  updateCores(frame);
  mark(document.body, "data-fresh", isFresh ? "yes" : null);
}

// What costs most is done by turns, one in each tick, the rarest first, so that no tick is long. `atFrame`: of each `frames`
// frames, the one it is drawn for, so that all pages tell the same; LATE_MS for each is for want of frames.
const jobs = [
  { at: -Infinity, atFrame: 2, frames: () => BARS_EVERY_FRAMES, run: (frame, now) => updateOutcomes(history, frame, now) },
  { at: -Infinity, atFrame: 0, frames: () => HOUR_EVERY_FRAMES, run: drawHour, needsFrame: true },
  { at: -Infinity, atFrame: 1, frames: () => framesADraw(history.range), run: (frame, now) => updateRateChart(history, frame, now) },
  { at: -Infinity, atFrame: 0, frames: () => SPARK_EVERY_FRAMES, run: (frame) => held || updateSpark(spark, frame.algorithm), needsFrame: true, isCheap: true },
];

// Which of its turns a frame belongs to, for a job.
function turnOf(job, frame) {
  return frame ? Math.floor((frame.seq - job.atFrame) / job.frames()) : null;
}

function isDue(job, frame) {
  if (!frame && job.needsFrame) return false;
  return turnOf(job, frame) !== job.turn || drawnAt - job.at >= LATE_MS * job.frames();
}

function drawCharts(frame, now) {
  let isTaken = false; // the turn of this tick
  for (const job of jobs) {
    if (!isDue(job, frame) || (isTaken && !job.isCheap && job.at > -Infinity)) continue;
    isTaken ||= !job.isCheap;
    job.at = drawnAt;
    job.turn = turnOf(job, frame);
    job.run(frame, now);
  }
}

function redrawAll() {
  for (const job of jobs) job.at = -Infinity;
  requestDraw();
}

function drawHour(frame, now) {
  const bins = lastOf(history.minutes.read(frame.algorithm, now, history.tail), HOUR_S);
  const sums = totals(bins);
  const implied = impliedRate({
    count: sums.accepted, credited: sums.credited, seconds: sums.seconds, hashed: sums.hashes, difficulty: difficultyOf(frame),
  });
  updateHour(sums, implied, frame.shares.by_reason);
}

history.onChange = redrawAll;
wireHeader({
  onPause: (isPaused) => {
    held = isPaused && newest ? { ...newest, now: newest.frame.at + ageOf(newest.received, performance.now(), Date.now()) } : null;
    drawnSeq = null;
    requestDraw();
  },
  onEvery: (seconds) => {
    everyS = seconds;
    stream.setRate(seconds);
    requestDraw();
  },
  onRange: (range) => {
    history.choose(range);
    redrawAll();
  },
});
document.addEventListener("visibilitychange", requestDraw);
say(byId("link-way"), "connecting");
stream.start();
history.refreshSoon();
