// What the miner does now, and the orders it takes: start, pause, go on, stop. A button never claims what is not so yet.

import { ask } from "../api.js";
import { byId, mark, panelState, say, show } from "../dom.js";
import { familyName, percent, rate, rateParts, span, whole } from "../format.js";
import { stateWords } from "../state_words.js";

const OFFERED = { idle: ["start"], failed: ["start"], mining: ["pause", "stop"], paused: ["resume", "stop"], preparing: ["stop"], draining: [] };
const HELP = {
  idle: "Starting builds the memory first.", failed: "It failed. Starting tries again.", mining: "Pausing keeps memory and login: going on takes no time.",
  paused: "Going on takes effect at once.", preparing: "It prepares its memory.", draining: "It hands in the last shares.",
};
const panel = byId("now-panel"), orders = byId("orders"), help = byId("orders-help"), trouble = byId("orders-error");
const sheet = byId("stop-sheet");
const { node, role } = byId("main").dataset;
let frame = null, isBusy = false, pressedIn = ""; // the state in which a button was pressed

/** `isFresh`: the figures are of now; `isOver`: the login or the role is gone, which the notice tells. Either turns orders off. */
export function updateNow(newest, payeeLine, { isFresh, isOver }) {
  frame = newest;
  panelState(panel, "ready");
  const [number, unit] = rateParts(frame.hashrate_hps.s10);
  say(byId("payee"), payeeLine);
  say(byId("state"), stateWords(frame));
  mark(byId("state"), "data-state", frame.state);
  show(byId("banner"), frame.offline);
  say(byId("now-family"), familyName(frame.algorithm));
  mark(byId("now-family"), "data-family", frame.algorithm === "scrypt" ? "scrypt" : "randomx");
  say(byId("rate-now"), number);
  say(byId("rate-unit"), unit);
  say(byId("rate-60"), rate(frame.hashrate_hps.s60));
  say(byId("now-shares"), `${whole(frame.shares.accepted)} accepted, ${whole(frame.shares.rejected)} rejected in this run`);
  const { commanded, achieved } = frame.intensity;
  say(byId("intensity-commanded"), `${commanded} %`);
  say(byId("intensity-achieved"), achieved == null ? "not measured yet" : percent(achieved));
  byId("meter-fill").style.inlineSize = `${Math.min(100, achieved ?? 0)}%`;
  byId("meter-mark").style.insetInlineStart = `${commanded}%`;
  showOrders(isFresh, isOver);
}

function showOrders(isFresh, isOver) {
  const offered = OFFERED[frame.state] ?? [];
  for (const button of orders.children) {
    show(button, offered.includes(button.dataset.order));
    button.disabled = isBusy || !isFresh || isOver || role === "viewer";
  }
  giveFocusBack();
  say(help, helpWords(isFresh, isOver));
}

function helpWords(isFresh, isOver) {
  if (isOver) return "";
  if (!isFresh) return "The miner does not answer: orders would not reach it.";
  return role === "viewer" ? "A viewer gives no orders." : HELP[frame.state] ?? "";
}

// The button that was pressed is off for a while and then goes, and the keyboard's focus with it: the one that is offered
// instead gets it.
function giveFocusBack() {
  const next = [...orders.children].find((button) => !button.hidden && !button.disabled);
  if (!pressedIn || !next) return;
  if (frame.state !== pressedIn) pressedIn = "";
  const at = document.activeElement;
  if (at === document.body || (orders.contains(at) && at.hidden)) next.focus();
}

async function give(order) {
  isBusy = true;
  pressedIn = frame.state;
  show(trouble, false);
  for (const button of orders.children) button.disabled = true;
  try {
    await ask(`/nodes/${node}/${order}`, { method: "POST" });
  } catch (error) {
    say(trouble, error.message);
    show(trouble, true);
  }
  isBusy = false;
}

orders.addEventListener("click", (event) => {
  const order = event.target.dataset?.order;
  if (!order) return;
  if (order !== "stop") return void give(order);
  const build = frame.memory.dataset_s ? ` Starting again builds the dataset, which took ${span(frame.memory.dataset_s)}.` : "";
  const lost = frame.hashrate_hps.s60 ?? frame.hashrate_hps.s10;
  const loses = frame.state === "mining" && lost != null ? `This stops ${rate(lost)}. ` : "";
  say(byId("stop-cost"), `${loses}Shares that were found are handed in first, then workers and memory are released. This page stays.${build}`);
  sheet.showModal();
});
byId("stop-yes").addEventListener("click", () => { sheet.close(); give("stop"); });
byId("stop-no").addEventListener("click", () => sheet.close());
