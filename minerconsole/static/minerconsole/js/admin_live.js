// Live figures in the admin: nodes, pools and sessions, lists and forms. Takes what the stream brings and draws it, once
// for each frame, in one animation frame.

import { drawBar, findBar, wirePause } from "./admin_live/bar.js";
import { refreshRecorded } from "./admin_live/recorded.js";
import { findRows } from "./admin_live/rows.js";
import { drawRow } from "./admin_live/turns.js";
import { byId } from "./dom.js";
import { ageOf, freshnessOf } from "./freshness.js";
import { Speaker } from "./speaker.js";
import { Stream } from "./stream.js";

const IDLE_MS = 1200, RECORDER_MS = 3000; // the recorder writes each second or two

function begin(bar) {
  const rows = findRows(), speaker = new Speaker(byId("live-spoken"));
  let newest = null, held = null; // {frame, received}; held: while the figures are paused
  let way = "connecting", isDrawing = false, drawnAt = 0, session = "", refreshTimer = 0;

  const stream = new Stream({
    frame: (message, received) => take(message.frame, received),
    snapshot: (message, received) => {
      if (message.frame) take(message.frame, received);
      requestDraw();
    },
    link: (message) => {
      if (newest) newest.received = { ...newest.received, linked: message.linked };
      requestDraw();
    },
    refill: refreshSoon,
    mode: (word) => {
      way = word;
      requestDraw();
    },
  });

  function take(frame, received) {
    newest = { frame, received };
    const told = `${frame.epoch} ${frame.session.serial} ${frame.session.link}`;
    if (session && told !== session) refreshSoon();
    session = told;
    requestDraw();
  }

  function refreshSoon() {
    clearTimeout(refreshTimer);
    refreshTimer = setTimeout(() => refreshRecorded(rows, isLive).then(requestDraw), RECORDER_MS);
  }

  const isLive = (row) => newest !== null && row.seen === newest.received;

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
    const wall = Date.now(), now = held ?? newest;
    const ageS = now ? ageOf(now.received, drawnAt, wall) : null;
    const freshness = freshnessOf(ageS, now?.received.linked ?? false);
    const shown = now && { ...now, ageS };
    for (const row of rows.values()) drawRow(row, shown, drawnAt, wall);
    drawBar(bar, { freshness, ageS, way, isPaused: held !== null, isListOld: isListOld(now?.frame), seq: now?.frame.seq ?? null });
    speaker.consider({ freshness, frame: now?.frame, isPaused: held !== null });
  }

  // Rows are made by the server only: a list of sessions that lacks the open one says so.
  function isListOld(frame) {
    if (!frame || !byId("result_list") || location.search || frame.session.link !== "ready" || !frame.session.serial) return false;
    const sessions = [...rows.values()].filter((row) => row.kind === "session");
    const isIt = ({ facts }) => facts.epoch === frame.epoch && facts.serial === frame.session.serial;
    return sessions.length > 0 && !sessions.some(isIt);
  }

  wirePause(bar, (isPaused) => {
    held = isPaused ? newest : null;
    requestDraw();
  });
  document.addEventListener("visibilitychange", requestDraw);
  setInterval(() => { if (performance.now() - drawnAt > IDLE_MS) requestDraw(); }, 1000);
  stream.start();
}

const bar = findBar();
if (bar) begin(bar);
