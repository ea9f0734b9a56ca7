// The rows of an admin page: which cells each has, what it is about, and how old its figures are. Writes texts and
// attributes of cells that the server made, nothing else.

import { mark, say } from "../dom.js";
import { span } from "../format.js";
import { ageOf, freshnessOf, SHAPES, WORDS } from "../freshness.js";

/** Every row of the page, or of another `page` (a document). */
export function findRows(page = document) {
  const rows = new Map();
  for (const node of page.querySelectorAll("[data-row]")) rows.set(node.dataset.row, rowOf(node.dataset));
  for (const cell of page.querySelectorAll("[data-live]")) rows.get(cell.dataset.of)?.cells.set(cell.dataset.live, cell);
  return rows;
}

function rowOf({ kind, age, ulid, node, epoch, serial, started, final, endpoints, coin }) {
  const facts = {
    ulid, node, epoch, coin, serial: Number(serial), started: Number(started), isFinal: final === "yes", endpoints: JSON.parse(endpoints ?? "[]"),
  };
  const seen = age ? { ageS: Number(age), linked: true, perf: performance.now(), wall: Date.now() } : null;
  return { kind, facts, seen, cells: new Map(), wasLive: false };
}

/** Write figures: name -> text or [text, title]. */
export function tell(row, figures) {
  for (const [name, value] of Object.entries(figures)) {
    const cell = row.cells.get(name);
    if (!cell) continue;
    const [text, title] = typeof value === "string" ? [value, ""] : value;
    say(cell, text);
    mark(cell, "title", title || (text.length > 12 ? text : null));
  }
}

/** Say how old a row is. `isNow`: the figures are of now, so they go from live to offline; others are of the past. */
export function tellAge(row, isNow, perf, wall) {
  const ageS = ageOf(row.seen, perf, wall);
  const freshness = freshnessOf(ageS, row.seen?.linked ?? false);
  const words = ageS == null ? "" : span(ageS);
  const text = isNow ? `${SHAPES[freshness]} ${WORDS[freshness]} ${words}` : ageS == null ? "–" : `${words} ago`;
  const age = row.cells.get("age");
  if (age) say(age, text.trim());
  if (age && row.wasLive) mark(age, "title", null);
  const word = isNow ? freshness : row.facts.isFinal ? "final" : "recorded";
  for (const cell of row.cells.values()) mark(cell, "data-is", word);
}
