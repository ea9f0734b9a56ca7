// The table of nodes: as many rows as fit on the screen, whatever their number; each shows what stands at its place.

import { byId, make, mark, say } from "../dom.js";
import { rateParts, whole } from "../format.js";
import { isCurrent } from "../freshness.js";
import { planOf, poolOf, rejectedOf, stateOf } from "./words.js";

const TALL = 56, TALLER = 84, NARROW = "(max-width: 719px)", SPARE = 6, MOST_TAGS = 3;
const holder = byId("holder"), space = byId("space"), table = byId("table");
const narrow = matchMedia(NARROW);
const rows = [];
let nodes = [], isAsked = false;

/** Show these nodes, in this order. */
export function showNodes(list) {
  nodes = list;
  mark(table, "aria-rowcount", list.length + 1);
  const height = `${list.length * rowHeight()}px`;
  if (space.style.height !== height) space.style.height = height;
  draw();
}

const rowHeight = () => narrow.matches ? TALLER : TALL;

function draw() {
  const tall = rowHeight();
  const first = Math.max(0, Math.floor(holder.scrollTop / tall) - SPARE);
  const last = Math.min(nodes.length, Math.ceil((holder.scrollTop + holder.clientHeight) / tall) + SPARE);
  while (rows.length < last - first) rows.push(makeRow());
  rows.forEach((row, place) => {
    const index = first + place;
    row.root.hidden = index >= last;
    if (!row.root.hidden) showRow(row, nodes[index], index, tall);
  });
}

function makeRow() {
  const cell = (name) => {
    const part = make("span", `cell ${name}`);
    mark(part, "role", "cell");
    return part;
  };
  const root = make("div", "node-row");
  mark(root, "role", "row");
  const row = { root, state: cell("state-cell"), name: cell("name-cell"), group: cell("group-cell"), rate: cell("rate-cell figure"), accepted: cell("accepted-cell figure"), rejected: cell("rejected-cell figure"), pool: cell("pool-cell"), plan: cell("plan-cell") };
  row.shape = make("span", "shape");
  mark(row.shape, "aria-hidden", "true");
  row.word = make("span", "word");
  row.state.append(row.shape, row.word);
  row.link = make("a", "node-link");
  row.marks = make("span", "node-tags");
  row.under = make("span", "under");
  row.name.append(row.link, row.marks, row.under);
  row.number = make("b");
  row.unit = make("span", "unit");
  row.bar = make("span", "rate-bar");
  row.fill = make("i");
  mark(row.bar, "aria-hidden", "true");
  row.bar.append(row.fill);
  row.rate.append(row.number, row.unit, row.bar);
  root.append(row.state, row.name, row.group, row.rate, row.accepted, row.rejected, row.pool, row.plan);
  space.append(root);
  return row;
}

function showRow(row, node, index, tall) {
  const move = `translateY(${index * tall}px)`;
  if (row.root.style.transform !== move) row.root.style.transform = move;
  mark(row.root, "aria-rowindex", index + 2);
  mark(row.root, "data-node", node.id);
  mark(row.root, "data-old", isCurrent(node.presence) ? null : "yes");
  const [shape, word, tone] = stateOf(node);
  mark(row.root, "data-tone", tone);
  say(row.shape, shape);
  say(row.word, word);
  showName(row, node);
  say(row.group, node.group || "–");
  showRate(row, node);
  say(row.accepted, node.accepted == null ? "" : whole(node.accepted));
  say(row.rejected, rejectedOf(node));
  say(row.pool, poolOf(node));
  mark(row.pool, "title", node.pool || null);
  const [plan, planTone] = planOf(node);
  say(row.plan, plan);
  mark(row.plan, "data-tone", planTone);
  mark(row.plan, "title", node.drift_sentence || null);
}

function showName(row, node) {
  say(row.link, node.name);
  mark(row.link, "href", node.is_local ? "/" : `/?node=${encodeURIComponent(node.id)}`);
  const more = node.tags.length > MOST_TAGS ? ` +${node.tags.length - MOST_TAGS}` : "";
  const tags = [node.is_local ? "this computer" : "", ...node.tags.slice(0, MOST_TAGS)].filter(Boolean);
  say(row.marks, tags.join(" · ") + more);
  say(row.under, node.trouble || node.cpu);
  mark(row.under, "data-trouble", node.rank >= 35 ? "yes" : null);
  mark(row.under, "title", node.trouble || node.cpu || null);
}

function showRate(row, node) {
  const [number, unit] = rateParts(node.state === "mining" ? node.s60 ?? node.s10 : null);
  say(row.number, number);
  say(row.unit, unit);
  mark(row.rate, "data-family", node.algorithm?.startsWith("rx/") ? "randomx" : node.algorithm || null);
  const part = node.expected > 0 && node.s60 != null ? Math.min(1, node.s60 / node.expected) : 0;
  row.bar.classList.toggle("none", !part);
  const width = `${Math.round(part * 100)}%`;
  if (row.fill.style.width !== width) row.fill.style.width = width;
  mark(row.rate, "title", part ? `${width} of what this computer is expected to do` : null);
}

/** Whether somebody points at a row or is in it by keyboard: then rows keep their places. */
export const isHeld = () => holder.matches(":hover") || (holder !== document.activeElement && holder.contains(document.activeElement));

function drawSoon() {
  if (isAsked) return;
  isAsked = true;
  requestAnimationFrame(() => {
    isAsked = false;
    draw();
  });
}

holder.addEventListener("scroll", drawSoon, { passive: true });
new ResizeObserver(drawSoon).observe(holder);
narrow.addEventListener("change", () => showNodes(nodes));
