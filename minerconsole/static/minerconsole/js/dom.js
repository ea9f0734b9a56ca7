// Changes to the page: text nodes, attributes and rows that stay. Writes only what differs; never HTML.

export const byId = (id) => document.getElementById(id);

// What was written last, kept at the element. To ask the page costs more than most figures that did not change, each second
// anew.
const KNOWN = Symbol("what was written");

function knownOf(node) {
  return node[KNOWN] ??= { text: undefined, only: null, marks: null, isShown: undefined, state: "", sentence: undefined, note: undefined };
}

/** Set the text of an element, which is written by this alone. A text node that is there stays: less to lay out. */
export function say(node, text) {
  const known = knownOf(node);
  if (known.text === text) return;
  const isFirst = known.text === undefined;
  if (isFirst) known.only = onlyText(node);
  known.text = text;
  if (!isFirst || node.textContent !== text) write(node, known, text); // what the page came with counts as written
}

// Who translates pages puts text nodes of his own in the place of ours.
function write(node, known, text) {
  if (known.only?.parentNode === node && text !== "") known.only.data = text;
  else {
    node.textContent = text;
    known.only = onlyText(node);
  }
}

// The text node of an element that has nothing else.
function onlyText(node) {
  const first = node.firstChild;
  return first?.nodeType === Node.TEXT_NODE && !first.nextSibling ? first : null;
}

export function sayId(id, text) {
  say(byId(id), text);
}

/** Set an attribute, which is written by this alone; null or false: remove it. */
export function mark(node, name, value) {
  const wanted = value == null || value === false ? null : String(value);
  const marks = knownOf(node).marks ??= new Map();
  const before = marks.has(name) ? marks.get(name) : node.getAttribute(name);
  marks.set(name, wanted);
  if (before === wanted) return;
  if (wanted === null) node.removeAttribute(name);
  else node.setAttribute(name, wanted);
}

/** Show or hide an element, which is done by this alone. */
export function show(node, isShown) {
  const known = knownOf(node);
  if (known.isShown === isShown) return;
  known.isShown = isShown;
  if (node.hidden === isShown) node.hidden = !isShown;
}

/** An element with a class and a text: make("span", "unit", "H/s"). */
export function make(tag, className = "", text = "") {
  const node = document.createElement(tag);
  if (className) node.className = className;
  if (text) node.textContent = text;
  return node;
}

/** Have exactly `count` children in `parent`, made once and kept. */
export function keepRows(parent, count, makeRow) {
  while (parent.children.length > count) parent.lastElementChild.remove();
  while (parent.children.length < count) parent.append(makeRow(parent.children.length));
  return parent.children;
}

/** The panel that holds `node` says how it is: loading, ready, empty or error, with a sentence. */
export function panelState(panel, state, sentence = "") {
  const known = knownOf(panel);
  if (known.state === state && known.sentence === sentence) return;
  known.state = state;
  known.sentence = sentence;
  mark(panel, "data-state", state);
  const note = known.note ??= panel.querySelector("[data-note]");
  if (note) {
    say(note, sentence);
    show(note, state !== "ready" && sentence !== "");
  }
}
