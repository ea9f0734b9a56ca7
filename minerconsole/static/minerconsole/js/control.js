// The control page: the form, what the miner does now, review, receipt. Nothing changes before somebody applied it.

import { ask } from "./api.js";
import { loadLists, readWish, showErrors, showLocks, wireForm, writeWish } from "./control/form.js";
import { updateNow } from "./control/now.js";
import { updatePicker } from "./control/picker.js";
import { loadPlans } from "./control/plans.js";
import { follow, tellRate } from "./control/receipt.js";
import { remembered, review } from "./control/review.js";
import { changedFields, fieldWords, listed, lockedFields, presentWish } from "./control/wish.js";
import { byId, mark, panelState, say, show } from "./dom.js";
import { span } from "./format.js";
import { ageOf, freshnessOf, isCurrent, SHAPES, WORDS } from "./freshness.js";
import { showLogin } from "./login_sheet.js";
import { noticeWords, WAYS } from "./notice_words.js";
import { Speaker } from "./speaker.js";
import { Stream } from "./stream.js";

const page = byId("main"), words = byId("apply-words"), reviewButton = byId("review"), undoButton = byId("undo");
const { node, role } = page.dataset;
const speaker = new Speaker(byId("spoken"));
let current = JSON.parse(page.dataset.current || "null");
let old = null, newest = null, way = "connecting", locked = new Map(), hasLists = false, lockKey = "?";

function compare() {
  if (!old) return;
  const fields = changedFields(old, readWish());
  const names = [...new Set(fields.map(fieldWords))];
  reviewButton.disabled = fields.length === 0 || role === "viewer";
  undoButton.disabled = fields.length === 0;
  say(words, fields.length ? `Changed, not applied: ${listed(names)}.` : "Nothing is changed.");
  mark(byId("apply-bar"), "data-changed", fields.length ? "yes" : null);
}

function fill() {
  if (!hasLists || old) return;
  if (!current && !newest) return say(words, "Waiting for the miner's first figures.");
  old = presentWish(current, newest?.frame);
  writeWish(old);
  old = { ...readWish(), ...(current ? {} : { cores: "" }) };
  const saved = remembered();
  if (saved) writeWish(saved);
  compare();
}

function take(message, received) {
  newest = { frame: message.frame, payeeLine: message.payee_line, received };
  tellRate(message.frame.state === "mining" ? message.frame.hashrate_hps.s10 : null);
  fill();
  draw();
}

function draw() {
  const ageS = newest ? ageOf(newest.received, performance.now(), Date.now()) : null;
  const freshness = freshnessOf(ageS, newest?.received.linked ?? false);
  mark(document.documentElement, "data-freshness", freshness);
  mark(byId("link"), "data-is", freshness);
  say(byId("link-shape"), SHAPES[freshness]);
  say(byId("link-word"), WORDS[freshness]);
  say(byId("link-age"), ageS == null ? "" : span(ageS));
  say(byId("link-way"), WAYS[way] ?? "");
  showNotice(freshness, ageS);
  speaker.consider({ freshness, frame: newest?.frame ?? null, isPaused: false });
  const title = isCurrent(freshness) ? "Control · MinerConsole" : "(offline) Control · MinerConsole";
  if (document.title !== title) document.title = title;
  if (!newest) return panelState(byId("now-panel"), "empty", "The miner has sent no figures yet.");
  updateNow(newest.frame, newest.payeeLine, { isFresh: isCurrent(freshness), isOver: isOver() });
  updatePicker(newest.frame);
  relock(newest.frame.pins);
  return undefined;
}

function showNotice(freshness, ageS) {
  const told = noticeWords({ freshness, ageS, way }, document.documentElement.dataset.program);
  const waits = told && newest && !isCurrent(freshness) && !isOver() ? " A plan that you apply waits until the miner runs." : "";
  say(byId("notice"), told + waits);
  show(byId("notice"), told !== "");
}

/** Nobody may act from here any more. */
const isOver = () => way === "login_ended" || way === "role_lost";

function relock(pins) {
  const key = JSON.stringify(pins);
  if (key === lockKey) return;
  lockKey = key;
  locked = lockedFields(pins);
  showLocks(locked);
}

async function goBack(plan) {
  try {
    applied(await ask(`/nodes/${node}/plans/${plan.version}/rollback`, { method: "POST", body: {} }), null);
  } catch (error) {
    if (error.code === "confirm") location.assign("/confirm?next=/control");
    else say(words, error.message);
  }
}

function applied(plan, wish) {
  if (wish) old = wish;
  compare();
  follow(plan, (ended) => {
    loadPlans(goBack);
    if (ended.state === "verified" && wish) return;
    // The form shows what is no more: begin with what is there now.
    const sheet = byId("receipt-sheet");
    if (sheet.open) sheet.addEventListener("close", () => location.reload(), { once: true });
    else location.reload();
  });
  loadPlans(goBack);
}

async function start() {
  wireForm(compare);
  byId("wish").addEventListener("submit", async (event) => {
    event.preventDefault();
    const wish = readWish();
    const answer = await review({ old, wish, fields: changedFields(old, wish), locked }, applied);
    if (answer !== true) say(words, answer);
  });
  undoButton.addEventListener("click", () => { writeWish(old); showErrors({}); compare(); words.focus(); });
  loadPlans(goBack);
  try {
    await loadLists();
    hasLists = true;
    fill();
  } catch (error) {
    panelState(byId("place-panel"), "error", `Coins, pools and wallets cannot be read: ${error.message}`);
    say(words, "What can be chosen was not loaded. Load the page again.");
  }
}

new Stream({
  frame: take,
  snapshot: (message, received) => { if (message.frame) take(message, received); },
  link: (message) => { if (newest) newest.received = { ...newest.received, linked: message.linked }; draw(); },
  refill: () => loadPlans(goBack),
  hello: (message) => showLogin("live", message.role),
  event: (event) => { if (event.event === "plan") loadPlans(goBack); },
  mode: (word) => {
    way = word;
    showLogin(word);
    draw();
  },
}).start();
setInterval(draw, 1000);
start();
