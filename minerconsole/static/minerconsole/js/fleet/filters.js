// What is looked for and in which order: the controls above the table. Kept in the page's address, so that it can be sent.

import { byId, keepRows, make, mark, say, show } from "../dom.js";
import { familyName } from "../format.js";
import { ORDERS } from "./nodes.js";

const NOTHING = { words: "", presence: "", group: "", algorithm: "", tags: [] };
const search = byId("search"), group = byId("group"), algorithm = byId("algorithm"), tags = byId("tags"), clear = byId("clear");
let asked = { ...NOTHING }, order = { by: "trouble", isReversed: false }, onChange = () => {};

export const asking = () => asked;
export const ordering = () => order;
export const isFiltered = () => Boolean(asked.words || asked.presence || asked.group || asked.algorithm || asked.tags.length);

/** Call `changed()` whenever a person asks for something else. */
export function wireFilters(changed) {
  onChange = changed;
  readAddress();
  byId("filters").addEventListener("submit", (event) => event.preventDefault());
  search.addEventListener("input", () => change({ words: search.value }));
  group.addEventListener("change", () => change({ group: group.value }));
  algorithm.addEventListener("change", () => change({ algorithm: algorithm.value }));
  clear.addEventListener("click", () => change(NOTHING));
  for (const button of document.querySelectorAll("[data-presence]")) {
    button.addEventListener("click", () => change({ presence: asked.presence === button.dataset.presence ? "" : button.dataset.presence }));
  }
  for (const button of document.querySelectorAll("[data-sort]")) {
    button.addEventListener("click", () => sortBy(button.dataset.sort));
  }
  document.addEventListener("keydown", (event) => {
    if (event.key !== "/" || event.ctrlKey || event.metaKey || event.target.closest("input, select, textarea")) return;
    event.preventDefault();
    search.focus();
  });
  showAsked();
}

function change(what) {
  asked = { ...asked, ...what };
  showAsked();
  writeAddress();
  onChange();
}

function sortBy(by) {
  order = { by, isReversed: order.by === by && !order.isReversed };
  showAsked();
  writeAddress();
  onChange();
}

/** Offer what there is: groups, algorithms and tags. What is asked for stays offered. */
export function offer({ groups, algorithms, tags: words }) {
  fill(group, "All groups", withAsked(groups, asked.group), (name) => name);
  fill(algorithm, "All algorithms", withAsked(algorithms, asked.algorithm), familyName);
  show(tags, words.length > 0);
  const rows = keepRows(tags, words.length, makeChip);
  words.forEach((word, place) => {
    const button = rows[place].firstChild;
    button.dataset.tag = word;
    say(button, word);
    mark(button, "aria-pressed", String(asked.tags.includes(word)));
  });
}

const withAsked = (values, value) => value && !values.includes(value) ? [...values, value] : values;

function fill(select, all, values, name) {
  const options = keepRows(select, values.length + 1, () => make("option"));
  ["", ...values].forEach((value, place) => {
    if (options[place].value !== value) options[place].value = value;
    say(options[place], value ? name(value) : all);
  });
  const wanted = select === group ? asked.group : asked.algorithm;
  if (select.value !== wanted) select.value = wanted;
  show(select, values.length > 0);
}

function makeChip() {
  const item = make("li"), button = make("button");
  button.type = "button";
  button.addEventListener("click", () => {
    const word = button.dataset.tag;
    change({ tags: asked.tags.includes(word) ? asked.tags.filter((each) => each !== word) : [...asked.tags, word] });
  });
  item.append(button);
  return item;
}

function showAsked() {
  if (search.value !== asked.words) search.value = asked.words;
  show(clear, isFiltered());
  for (const button of document.querySelectorAll("[data-sort]")) {
    const isIt = button.dataset.sort === order.by;
    mark(button.parentElement, "aria-sort", isIt ? order.isReversed ? "ascending" : "descending" : null);
  }
}

function readAddress() {
  const query = new URLSearchParams(location.search);
  asked = {
    words: query.get("q") ?? "", presence: query.get("presence") ?? "", group: query.get("group") ?? "",
    algorithm: query.get("algorithm") ?? "", tags: query.getAll("tag"),
  };
  const by = query.get("sort") ?? "";
  if (by in ORDERS) order = { by, isReversed: query.has("reversed") };
}

function writeAddress() {
  const query = new URLSearchParams();
  const texts = { q: asked.words, presence: asked.presence, group: asked.group, algorithm: asked.algorithm };
  for (const [name, text] of Object.entries(texts)) if (text) query.set(name, text);
  for (const tag of asked.tags) query.append("tag", tag);
  if (order.by !== "trouble") query.set("sort", order.by);
  if (order.isReversed) query.set("reversed", "");
  const words = query.toString();
  window.history.replaceState(null, "", words ? `?${words}` : location.pathname);
}
