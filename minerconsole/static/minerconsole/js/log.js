// The log page: asks each second for what is new, shows it, follows or holds. A bounded part of it is in the page.

import { wireCopy } from "./copy.js";
import { byId, mark, panelState, say, sayId, show } from "./dom.js";
import { span, whole } from "./format.js";
import { ageOf, freshnessOf, SHAPES, WORDS } from "./freshness.js";
import { EventLog, MinerLog } from "./log/sources.js";
import { asText, LineStore, MOST_LINES } from "./log/store.js";
import { LineWindow } from "./log/window.js";
import { showLogin } from "./login_sheet.js";

const EVERY_MS = { miner: 1000, events: 3000 }, SPEAK_EVERY_MS = 30000;
const panel = byId("log-panel"), notice = byId("notice"), follow = byId("follow"), find = byId("find");
const waiting = byId("waiting"), pause = byId("pause"), spoken = byId("spoken");
const { node } = byId("main").dataset;
const program = document.documentElement.dataset.program;
const logs = {
  miner: { source: new MinerLog(node), store: new LineStore(), received: null, isRunning: true, hasSource: true },
  events: { source: new EventLog(), store: new LineStore(), received: null, isRunning: true, hasSource: true },
};
const lines = new LineWindow(byId("lines-holder"), byId("lines"), (isAtEnd) => { follow.checked = isAtEnd && !isPaused; if (isAtEnd && !isPaused) newLines = 0; draw(); });
let shown = "miner", isPaused = false, newLines = 0, trouble = "", timer = 0, run = 0, unsaid = { warning: 0, error: 0 }, saidAt = -Infinity;

async function poll() {
  const mine = run += 1, name = shown, log = logs[name], asked = { perf: performance.now(), wall: Date.now() };
  clearTimeout(timer);
  if (log.isAsked) return void (timer = setTimeout(poll, EVERY_MS[name])); // its answer is on the way
  let isMore = false;
  log.isAsked = true;
  try {
    const part = await log.source.next();
    if (mine !== run) return take(log, part, name === shown);
    isMore = part.isMore;
    log.received = { ageS: 0, linked: part.isRunning, ...asked };
    trouble = "";
    take(log, part, true);
    showLogin("live");
  } catch (error) {
    if (mine !== run) return undefined;
    trouble = error.message;
    if (error.status === 401) showLogin("login_ended");
  } finally {
    log.isAsked = false;
  }
  draw();
  if (!document.hidden) timer = setTimeout(poll, isMore ? 0 : EVERY_MS[name]);
  return undefined;
}

function take(log, part, isShown) {
  const isFirst = log.received === null || log.store.size === 0;
  log.isRunning = part.isRunning;
  log.hasSource = part.hasSource;
  const { added, gone } = log.store.add(part.lines);
  if (!isShown) return;
  if (isFirst && !isPaused) return void lines.reset(log.store.matching, log.store.find);
  for (const line of part.lines) if (line.level in unsaid) unsaid[line.level] += 1;
  if (isPaused) newLines += added;
  else if (added || gone) {
    lines.update(log.store.matching, gone, follow.checked);
    newLines = follow.checked || lines.isAtEnd ? 0 : newLines + added;
  }
}

function filter() {
  const { store } = logs[shown];
  store.filter(document.querySelector('input[name="level"]:checked').value, find.value);
  newLines = 0;
  lines.reset(isPaused ? [...store.matching] : store.matching, store.find);
  draw();
}

function draw() {
  const log = logs[shown], { store } = log;
  const ageS = ageOf(log.received, performance.now(), Date.now());
  const freshness = trouble ? (ageS == null ? "never" : freshnessOf(Math.max(ageS, 0))) : log.received && !log.isRunning ? "gone" : freshnessOf(ageS);
  mark(document.documentElement, "data-freshness", freshness);
  mark(byId("link"), "data-is", isPaused ? "paused" : freshness);
  sayId("link-shape", isPaused ? SHAPES.paused : SHAPES[freshness]);
  sayId("link-word", isPaused ? "Paused by you" : ageS == null ? "Connecting" : WORDS[freshness]);
  sayId("link-age", ageS == null || (freshness === "gone" && !isPaused) ? "" : span(ageS));
  showNotice(freshness, ageS, log);
  showState(log);
  show(waiting, newLines > 0);
  if (newLines) say(waiting, `↓ ${whole(newLines)} new ${newLines === 1 ? "line" : "lines"}`);
  sayId("count-warning", store.counts.warning ? whole(store.counts.warning) : "");
  sayId("count-error", store.counts.error ? whole(store.counts.error) : "");
  speak();
}

function showNotice(freshness, ageS, { hasSource, isRunning, received }) {
  let words = "";
  if (trouble) words = `${trouble}${ageS == null ? "" : ` The lines are as of ${span(ageS)} ago.`}`;
  else if (received && shown === "miner" && !isRunning) words = hasSource ? `Nothing runs: the log ends where the miner ended. Start it with ${program} mine.` : "";
  show(notice, words !== "");
  if (words) say(notice, words);
}

function showState({ store, received, hasSource }) {
  const matching = store.matching.length;
  const empty = !received ? "Reading the log." : store.size
    ? "No line matches. Show all levels, or find something else."
    : !hasSource && shown === "miner" ? `There is no log yet. It begins when ${program} mine or start runs.` : "Nothing has happened yet.";
  panelState(panel, matching ? "ready" : received ? "empty" : "loading", matching ? "" : empty);
  const held = store.size >= MOST_LINES ? `the newest ${whole(MOST_LINES)}` : whole(store.size - store.gaps);
  sayId("log-count", matching === store.size ? `${held} ${store.size - store.gaps === 1 ? "line" : "lines"}` : `${whole(matching)} of ${held} lines match`);
  sayId("log-about", shown === "miner" ? "miner.log; times as this computer writes them; addresses shortened" : "Who changed what; times of your browser");
}

// Warnings and errors are said, politely and not one by one.
function speak() {
  const { warning, error } = unsaid;
  if (!(warning || error) || performance.now() - saidAt < SPEAK_EVERY_MS) return;
  saidAt = performance.now();
  unsaid = { warning: 0, error: 0 };
  const parts = [error ? `${error} new ${error === 1 ? "error" : "errors"}` : "", warning ? `${warning} new ${warning === 1 ? "warning" : "warnings"}` : ""];
  spoken.textContent = `${parts.filter(Boolean).join(", ")} in the log.`;
}

function setPaused(isNow) {
  isPaused = isNow;
  mark(pause, "aria-pressed", String(isPaused));
  sayId("pause-shape", isPaused ? "▶" : "❚❚");
  sayId("pause-word", isPaused ? "Go on" : "Pause");
  const { store } = logs[shown];
  if (isPaused) lines.hold([...store.matching]);
  else {
    newLines = 0;
    follow.checked = true;
    lines.reset(store.matching, store.find);
  }
  draw();
}

function toNewest() {
  if (isPaused) return setPaused(false);
  follow.checked = true;
  newLines = 0;
  lines.toEnd();
  draw();
  return undefined;
}

function save() {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([asText(logs[shown].store.matching)], { type: "text/plain" }));
  link.download = shown === "miner" ? "minerconsole-log.txt" : "minerconsole-events.txt";
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10000);
}

pause.addEventListener("click", () => setPaused(!isPaused));
waiting.addEventListener("click", () => { toNewest(); byId("lines-holder").focus(); });
follow.addEventListener("change", () => { if (follow.checked) toNewest(); });
find.addEventListener("input", filter);
for (const radio of document.querySelectorAll('input[name="level"]')) radio.addEventListener("change", filter);
for (const radio of document.querySelectorAll('input[name="source"]')) {
  radio.addEventListener("change", () => {
    shown = radio.value;
    mark(byId("lines"), "data-source", shown);
    follow.checked = true;
    filter();
    poll();
  });
}
document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest("input:not([type=radio], [type=checkbox]), dialog")) return;
  if (event.key === "/") {
    event.preventDefault();
    find.focus();
  } else if (event.key === " " && !event.target.closest("input, button, a, [role='log']")) {
    event.preventDefault();
    setPaused(!isPaused);
  }
});
document.addEventListener("visibilitychange", () => { if (!document.hidden) poll(); });
wireCopy(byId("copy"), () => asText(logs[shown].store.matching), "Copied");
byId("save").addEventListener("click", save);
setInterval(draw, 1000);
poll();
