// Changes to the page: text nodes, attributes and rows that stay. Writes only what differs; never HTML.

export const byId = (id) => document.getElementById(id);

// What was written last. To ask the page costs more than most figures that did not change, each second anew.
const texts = new WeakMap(), marks = new WeakMap(), visible = new WeakMap(), states = new WeakMap();

/** Set the text of an element, which is written by this alone. A text node that is there stays: less to lay out. */
export function say(node, text) {
  const known = texts.get(node);
  if (known === undefined) return sayFirst(node, text);
  if (known.text === text) return undefined;
  known.text = text;
  return write(node, known, text);
}

// What the page came with counts as written.
function sayFirst(node, text) {
  const known = { text, only: onlyText(node) };
  texts.set(node, known);
  if (node.textContent !== text) write(node, known, text);
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
  let known = marks.get(node);
  if (!known) marks.set(node, known = new Map());
  const before = known.has(name) ? known.get(name) : node.getAttribute(name);
  known.set(name, wanted);
  if (before === wanted) return;
  if (wanted === null) node.removeAttribute(name);
  else node.setAttribute(name, wanted);
}

/** Show or hide an element, which is done by this alone. */
export function show(node, isShown) {
  if (visible.get(node) === isShown) return;
  visible.set(node, isShown);
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

const notes = new WeakMap();

function noteOf(panel) {
  if (!notes.has(panel)) notes.set(panel, panel.querySelector("[data-note]"));
  return notes.get(panel);
}

/** The panel that holds `node` says how it is: loading, ready, empty or error, with a sentence. */
export function panelState(panel, state, sentence = "") {
  const before = states.get(panel);
  if (before?.state === state && before.sentence === sentence) return;
  states.set(panel, { state, sentence });
  mark(panel, "data-state", state);
  const note = noteOf(panel);
  if (note) {
    say(note, sentence);
    show(note, state !== "ready" && sentence !== "");
  }
}
