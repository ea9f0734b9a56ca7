// What needs a person: the alerts of the frame, worst first, each with its age and one thing to do.

import { byId, keepRows, make, mark, panelState, say, show } from "../dom.js";
import { span } from "../format.js";

const MOST = 8;
const RANK = { error: 0, warning: 1, info: 2 };
const SHAPE = { error: "✕", warning: "!", info: "i" };
const WORD = { error: "Error", warning: "Warning", info: "Note" };
/** Code of an alert, or how it begins → what to do: [words, address]. */
const ACTIONS = [
  ["source_", "Change pool or wallet", "/control"],
  ["wrong_algorithm", "Choose coin and pool", "/control"],
  ["plan_", "See the plans", "/admin/mining/plan/"],
  ["rolled_back", "See the plans", "/admin/mining/plan/"],
  ["wrong_hash", "Choose the cores", "/control"],
  ["light_mode", "What limits this computer", "/api/v1/nodes/{node}/doctor"],
  ["huge_pages", "What limits this computer", "/api/v1/nodes/{node}/doctor"],
];
const panel = byId("attention"), list = byId("alerts");
const node = byId("main").dataset.node;

/** `now` in the clock of the node, Unix seconds. */
export function updateAttention(frame, now) {
  const alerts = [...frame.alerts, ...derived(frame)];
  alerts.sort((one, other) => (RANK[one.severity] ?? 3) - (RANK[other.severity] ?? 3) || one.since - other.since);
  panelState(panel, alerts.length ? "ready" : "empty", "✓ Nothing. What goes wrong is told here, worst first.");
  const shown = alerts.slice(0, MOST);
  const rows = keepRows(list, shown.length, makeRow);
  shown.forEach((alert, place) => fill(rows[place], alert, now));
}

// Frames carry what the miner found; what follows from their figures is added here, never as more than a note.
function derived(frame) {
  const pages = frame.memory.huge_pages;
  if (frame.state !== "mining" || !pages.wanted || pages.got >= pages.wanted) return [];
  const why = pages.reason ? `: ${pages.reason}` : "";
  const sentence = `Huge pages: ${pages.got} of ${pages.wanted}${why}. Hashing is slower without them.`;
  return [{ code: "huge_pages", severity: "info", sentence, since: null }];
}

function makeRow() {
  const row = make("li");
  row.append(make("span", "shape"), make("span", "what"), make("span", "since"), make("a", "do"));
  return row;
}

const shown = new WeakMap(); // row -> what it tells, so that in most seconds only its age is written

function fill(row, alert, now) {
  say(row.children[2], alert.since ? `for ${span(Math.max(0, now - alert.since))}` : "");
  const key = `${alert.severity} ${alert.code} ${alert.sentence}`;
  if (shown.get(row) === key) return;
  shown.set(row, key);
  describe(row, alert);
}

function describe(row, alert) {
  const [shape, what, , link] = row.children;
  mark(row, "data-severity", alert.severity);
  say(shape, SHAPE[alert.severity] ?? "!");
  mark(shape, "aria-label", WORD[alert.severity] ?? "Note");
  mark(shape, "role", "img");
  say(what, alert.sentence);
  const action = ACTIONS.find(([begin]) => alert.code.startsWith(begin));
  show(link, Boolean(action));
  if (!action) return;
  say(link, action[1]);
  mark(link, "href", action[2].replace("{node}", node));
}
