// The fleet page: takes what the stream brings each second and draws it in one animation frame.

import { wireCopy } from "./copy.js";
import { byId, mark, panelState, say, sayId, show } from "./dom.js";
import { asking, isFiltered, offer, ordering, wireFilters } from "./fleet/filters.js";
import { chosen, joined, kept, offered, ordered, rowsOf } from "./fleet/nodes.js";
import { showPresence, showSums } from "./fleet/sums.js";
import { isHeld, showNodes } from "./fleet/table.js";
import { conclusionOf, noticeOf } from "./fleet/words.js";
import { span, whole } from "./format.js";
import { ageOf, freshnessOf, SHAPES, WORDS } from "./freshness.js";
import { showLogin } from "./login_sheet.js";
import { WAYS } from "./notice_words.js";
import { Stream } from "./stream.js";

const IDLE_MS = 1200, IDLE_EVERY_MS = 500, SPOKEN_MS = 15000;
const root = document.documentElement, panel = byId("nodes-panel"), link = byId("link"), notice = byId("notice");
let columns = [], cards = null, newest = null, way = "connecting", isDrawing = false, timer = 0, places = [], spokenAt = 0, spoken = "", taken = 0;

const stream = new Stream({
  snapshot: take,
  frame: take,
  hello: (message) => showLogin("live", message.role),
  mode: (word) => {
    way = word;
    showLogin(word);
    requestDraw();
  },
}, { path: "/ws/v1/fleet", asked: "/api/v1/fleet/now" });

function take(message, received) {
  const told = message.fleet ? message : message.frame; // a frame that was asked for is wrapped once more
  if (told.columns) columns = told.columns;
  if (told.cards) cards = new Map(told.cards.map((card) => [card.id, card]));
  newest = { rows: rowsOf(columns, told.fleet.rows), sums: told.fleet.sums, received, isNew: true, number: taken += 1 };
  requestDraw();
  drawWithoutFrame(IDLE_MS);
}

// Without news ages still grow, and the page says so.
function drawWithoutFrame(inMs) {
  clearTimeout(timer);
  timer = setTimeout(() => {
    drawWithoutFrame(IDLE_EVERY_MS);
    requestDraw();
  }, inMs);
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
  const ageS = newest ? ageOf(newest.received, performance.now(), Date.now()) : null;
  showLink(ageS);
  if (!newest) return undefined;
  return cards ? drawFleet(joined(newest.rows, cards, ageS)) : panelState(panel, "loading", "Reading names, groups and plans.");
}

function showLink(ageS) {
  const freshness = freshnessOf(ageS);
  mark(root, "data-freshness", freshness);
  mark(link, "data-is", freshness);
  sayId("link-shape", SHAPES[freshness]);
  sayId("link-word", freshness === "never" ? "Connecting" : WORDS[freshness]);
  sayId("link-age", ageS == null ? "" : span(ageS));
  sayId("link-way", way === "connecting" && freshness === "never" ? "" : WAYS[way] ?? "");
  const words = noticeOf(way, ageS);
  show(notice, words !== "");
  if (words) say(notice, words);
}

function drawFleet(nodes) {
  const all = ordered(nodes, ordering());
  const shown = chosen(isHeld() ? kept(all, places) : all, asking());
  places = shown.map((node) => node.id);
  const presence = {};
  for (const node of nodes) presence[node.presence] = (presence[node.presence] ?? 0) + 1;
  showPresence(presence, asking().presence);
  if (newest.isNew) showSums(newest.sums.algorithms);
  newest.isNew = false;
  offer(offered(nodes));
  showNodes(shown);
  tell(nodes, shown);
}

function tell(nodes, shown) {
  const words = conclusionOf(nodes, newest.sums);
  sayId("conclusion", words);
  sayId("shown", isFiltered() ? `${whole(shown.length)} of ${whole(nodes.length)} shown` : "");
  sayId("nodes-tag", isHeld() ? "order held while you are in the list" : ordering().by === "trouble" ? ordering().isReversed ? "best first" : "worst first" : "");
  const isAlone = nodes.length === 1 && nodes[0].is_local;
  show(byId("invite"), isAlone);
  panelState(panel, shown.length ? "ready" : "empty", nodes.length ? "No node is as you ask for." : "No node has joined yet.");
  mark(document.body, "data-nodes", nodes.length);
  mark(document.body, "data-frame", newest.number);
  document.title = `${nodes.some((node) => node.rank >= 60) ? "(!) " : ""}Fleet · MinerConsole`;
  speak(words);
}

// For those who hear the page: what changed, now and then.
function speak(words) {
  const told = words.replace(/:.*?;/, ";");
  if (told === spoken || performance.now() - spokenAt < SPOKEN_MS) return;
  spoken = told;
  spokenAt = performance.now();
  sayId("spoken", words);
}

wireFilters(requestDraw);
wireCopy(document.querySelector("[data-copy]"), () => byId("invite-command").textContent);
document.addEventListener("visibilitychange", requestDraw);
stream.start();
