// The benchmark page: what can be measured, what it costs, the one that runs, and those before.

import { ask, newKey } from "./api.js";
import { choiceNow, openForm, readWish, wireForm, wishTrouble } from "./benchmark/form.js";
import { showResults, wireResults } from "./benchmark/results.js";
import { showRun } from "./benchmark/run.js";
import { costLines, endWords, mostAlike, rateOf } from "./benchmark/words.js";
import { byId, make, mark, panelState, say, sayId, show } from "./dom.js";
import { rate, span } from "./format.js";
import { ageOf, freshnessOf, isCurrent, SHAPES, WORDS } from "./freshness.js";
import { showLogin } from "./login_sheet.js";
import { WAYS } from "./notice_words.js";
import { Stream } from "./stream.js";

const RUNNING_MS = 500, IDLE_MS = 4000, PAGE = 100;
const { node, role } = byId("main").dataset;
const canAct = role === "operator" || role === "admin";
const start = byId("start"), stopMining = byId("stop-mining"), startMining = byId("start-mining"), trouble = byId("wish-error"), stopSheet = byId("stop-sheet");
let runs = [], older = [], before = null, isLoaded = false, newest = null, way = "connecting", isBusy = false;
let timer = 0, asked = 0, lostSince = "", costKey = "";

const running = () => runs.find((run) => run.state === "running") ?? null;
const everyRun = () => [...runs, ...older.filter((old) => !runs.some((run) => run.id === old.id))];

async function poll() {
  clearTimeout(timer);
  const was = running(), ticket = asked += 1;
  try {
    const now = await ask(was ? `/nodes/${node}/benchmarks/${was.id}` : `/nodes/${node}/benchmarks?limit=${PAGE}`);
    if (ticket !== asked) return; // an answer that was overtaken is older than what stands there
    if (!was) load(now);
    else {
      runs = runs.map((run) => run.id === now.id ? now : run);
      if (now.state !== "running") ended(now);
    }
    lostSince = "";
    showLogin("live");
  } catch (error) {
    if (ticket !== asked) return;
    lostSince = error.message;
    if (error.status === 401) showLogin("login_ended");
    if (!isLoaded) panelState(byId("results-panel"), "error", `Former results cannot be read: ${error.message}`);
  }
  draw();
  timer = setTimeout(poll, document.hidden ? IDLE_MS : running() ? RUNNING_MS : IDLE_MS);
}

function load(page) {
  runs = page.benchmarks;
  if (!older.length) before = page.before;
  isLoaded = true;
}

async function loadOlder() {
  try {
    const page = await ask(`/nodes/${node}/benchmarks?limit=${PAGE}&before=${before}`);
    older = [...older, ...page.benchmarks];
    before = page.before;
  } catch (error) {
    complain(error.message);
  }
  draw();
}

function ended(run) {
  const result = rateOf(run) == null ? endWords(run) : `${rate(rateOf(run))}, check value ${run.result.ok === true ? "right" : run.result.ok === false ? "wrong" : "not known"}`;
  sayId("spoken", `Benchmark of ${run.algorithm} ${result}.`);
}

function complain(words) {
  show(trouble, words !== "");
  if (words) say(trouble, words);
}

// Why it cannot start now; "" when it can.
function obstacle() {
  if (!canAct) return `Your role is ${role}: only an operator starts benchmarks.`;
  if (lostSince) return lostSince;
  if (!isLoaded) return "Loading.";
  if (running()) return "A benchmark is running; one at a time.";
  if (isMining()) return `The miner is ${newest.frame.state}.`;
  return wishTrouble();
}

const isAnswering = () => newest !== null && isCurrent(freshnessNow().freshness);
const isMining = () => isAnswering() && !["idle", "failed"].includes(newest.frame.state);

function freshnessNow() {
  const ageS = newest ? ageOf(newest.received, performance.now(), Date.now()) : null;
  return { ageS, freshness: freshnessOf(ageS, newest?.received.linked ?? false) };
}

function draw() {
  drawLink();
  const why = obstacle();
  start.disabled = isBusy || why !== "";
  sayId("start-why", isBusy ? "Asking the miner." : why);
  openForm(canAct && isLoaded && !running());
  show(stopMining, canAct && isMining() && ["mining", "paused", "preparing"].includes(newest.frame.state) && !running());
  show(startMining, canAct && isAnswering() && !isMining() && !running());
  stopMining.disabled = startMining.disabled = isBusy;
  drawCost();
  if (!isLoaded) return;
  const all = everyRun();
  showRun(running() ?? runs[0] ?? null, all, canAct);
  showResults(all, before !== null);
}

function drawCost() {
  const wish = readWish();
  const state = newest?.frame.state ?? "";
  const lines = costLines({ wish, choice: choiceNow(), like: mostAlike(everyRun(), wish), state, isFresh: isAnswering() });
  const key = JSON.stringify(lines);
  if (key === costKey) return;
  costKey = key;
  byId("cost").replaceChildren(...lines.map(({ text, is }) => {
    const line = make("li");
    line.append(make("span", "", text));
    if (is) line.dataset.is = is;
    return line;
  }));
}

function drawLink() {
  const { ageS, freshness } = freshnessNow();
  mark(document.documentElement, "data-freshness", freshness);
  mark(byId("link"), "data-is", freshness);
  sayId("link-shape", SHAPES[freshness]);
  sayId("link-word", freshness === "live" && newest ? newest.frame.state[0].toUpperCase() + newest.frame.state.slice(1) : WORDS[freshness]);
  sayId("link-age", ageS == null ? "" : span(ageS));
  sayId("link-way", WAYS[way] ?? "");
}

async function begin(event) {
  event.preventDefault();
  if (obstacle()) return;
  await busily(async () => {
    const run = await ask(`/nodes/${node}/benchmarks`, { method: "POST", body: readWish(), key: newKey() });
    runs = [run, ...runs];
    sayId("spoken", `Benchmark of ${run.algorithm} started.`);
  });
  poll();
}

async function order(word) {
  await busily(() => ask(`/nodes/${node}/${word}`, { method: "POST" }));
}

async function busily(work) {
  isBusy = true;
  complain("");
  draw();
  try {
    await work();
  } catch (error) {
    complain(Object.values(error.fields ?? {}).flat()[0] ?? error.message);
  }
  isBusy = false;
  draw();
}

async function cancel() {
  const run = running(), words = byId("cancel-error");
  if (!run) return;
  show(words, false);
  try {
    const now = await ask(`/nodes/${node}/benchmarks/${run.id}/cancel`, { method: "POST" });
    runs = runs.map((each) => each.id === now.id ? now : each);
  } catch (error) {
    say(words, error.message);
    show(words, error.code !== "over");
  }
  poll();
}

function askToStop() {
  const { frame } = newest;
  const lost = frame.hashrate_hps.s60 ?? frame.hashrate_hps.s10;
  const loses = frame.state === "mining" && lost != null ? `This stops ${rate(lost)}. ` : "";
  const build = frame.memory.dataset_s ? ` Starting again builds the dataset, which took ${span(frame.memory.dataset_s)}.` : "";
  say(byId("stop-cost"), `${loses}Shares that were found are handed in first, then workers and memory are released. Mining stays off until somebody starts it again: here, or on the control page.${build}`);
  stopSheet.showModal();
}

function take(message, received) {
  newest = { frame: message.frame, received };
  draw();
}

wireForm(draw);
wireResults(loadOlder);
byId("wish").addEventListener("submit", begin);
byId("cancel").addEventListener("click", cancel);
stopMining.addEventListener("click", askToStop);
startMining.addEventListener("click", () => order("start"));
byId("stop-no").addEventListener("click", () => stopSheet.close());
byId("stop-yes").addEventListener("click", () => { stopSheet.close(); order("stop"); });
document.addEventListener("visibilitychange", () => { if (!document.hidden) poll(); });
new Stream({
  frame: take,
  snapshot: (message, received) => { if (message.frame) take(message, received); draw(); },
  link: (message) => { if (newest) newest.received = { ...newest.received, linked: message.linked }; draw(); },
  hello: (message) => showLogin("live", message.role),
  mode: (word) => { way = word; showLogin(word); draw(); },
}).start();
setInterval(draw, 1000);
poll();
