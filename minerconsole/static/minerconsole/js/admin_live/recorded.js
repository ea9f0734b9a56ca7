// Takes what is recorded by now from a fresh copy of the page, for rows that the stream says nothing of.

import { mark, say } from "../dom.js";
import { findRows } from "./rows.js";

const PATIENCE_MS = 10000;

/** Bring `rows` up to what the server has recorded; rows that are live keep what the stream said. */
export async function refreshRecorded(rows, isLive) {
  let text;
  try {
    const answer = await fetch(location.href, { cache: "no-store", redirect: "error", signal: AbortSignal.timeout(PATIENCE_MS) });
    if (!answer.ok) return;
    text = await answer.text();
  } catch {
    return; // it is asked again after the next break
  }
  for (const [key, fresh] of findRows(new DOMParser().parseFromString(text, "text/html"))) {
    const row = rows.get(key);
    if (row && !isLive(row)) copy(row, fresh);
  }
}

function copy(row, fresh) {
  row.facts = fresh.facts;
  row.seen = fresh.seen;
  for (const [name, cell] of fresh.cells) {
    const own = row.cells.get(name);
    if (!own) continue;
    say(own, cell.textContent);
    mark(own, "title", cell.getAttribute("title"));
  }
}
