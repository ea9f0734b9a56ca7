// The event log: newest last, filtered, following or held. Rows are made once and dropped when there are too many.

import { byId, make, panelState, show } from "../dom.js";
import { eventWords } from "../event_words.js";
import { clock, moment } from "../format.js";

const MOST = 300;
const SHAPE = { ok: "✓", info: "·", warning: "!", error: "✕" };
const panel = byId("log-panel"), list = byId("log"), holder = byId("log-holder");
const level = byId("log-level"), text = byId("log-text"), follow = byId("log-follow");

/** Show what was kept, instead of everything there is. */
export function resetLog(events) {
  list.replaceChildren();
  for (const event of events) append(event);
  settle();
}

/** Add one event. `at`: Unix seconds, null: not known. */
export function addToLog(event) {
  append(event);
  settle();
}

export function tellSkipped(count) {
  addToLog({ event: "log", level: "warning", sentence: `${count} events were left out: this page was too slow for them`, at: Date.now() / 1000 });
}

function append(event) {
  const words = eventWords(event);
  if (!words) return;
  const row = make("li");
  const time = make("time", "at", event.at ? clock(event.at) : "earlier");
  if (event.at) {
    time.dateTime = new Date(event.at * 1000).toISOString();
    time.title = moment(event.at);
  }
  row.append(time, make("span", "shape", SHAPE[words.level]), make("span", "topic", words.topic), make("span", "what", words.text));
  row.dataset.level = words.level;
  row.dataset.topic = words.topic;
  show(row, passes(row));
  list.append(row);
  if (list.children.length > MOST) list.firstElementChild.remove();
}

function settle() {
  const some = list.querySelector("li:not([hidden])");
  const sentence = list.children.length ? "Nothing here matches. Show all, or find something else." : "Nothing has happened yet. Shares, links and plans are told here.";
  panelState(panel, some ? "ready" : "empty", sentence);
  if (follow.checked) scrollSoon();
}

let isScrolling = false;

// After the frame is drawn, when heights are known: asking at once would have the browser lay out the whole page for it.
function scrollSoon() {
  if (isScrolling) return;
  isScrolling = true;
  requestAnimationFrame(() => setTimeout(() => {
    isScrolling = false;
    if (follow.checked) holder.scrollTop = holder.scrollHeight;
  }));
}

function passes(row) {
  const wanted = level.value, find = text.value.trim().toLowerCase();
  if (wanted === "warning" && row.dataset.level !== "warning" && row.dataset.level !== "error") return false;
  if ((wanted === "share" || wanted === "link") && row.dataset.topic !== wanted) return false;
  return !find || row.textContent.toLowerCase().includes(find);
}

function filter() {
  for (const row of list.children) show(row, passes(row));
  settle();
}

level.addEventListener("change", filter);
text.addEventListener("input", filter);
follow.addEventListener("change", settle);
holder.addEventListener("scroll", () => {
  const isAtEnd = holder.scrollHeight - holder.scrollTop - holder.clientHeight < 24;
  if (!isAtEnd && follow.checked && holder.matches(":hover, :focus")) follow.checked = false;
});

