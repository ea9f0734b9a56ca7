// The rows of the doctor's page: counts at the top, findings below, each with the command that mends it.

import { wireCopy } from "../copy.js";
import { byId, make } from "../dom.js";
import { counts, effectParts, KIND_HELP, stateOf, worstFirst } from "./finding_words.js";

export function showCounts(findings) {
  byId("counts").replaceChildren(...counts(findings).map(({ state, shape, of, count }) => {
    const item = make("li");
    item.dataset.state = state;
    if (!count) item.dataset.none = "yes";
    item.append(shapeOf(shape), make("span", "how-many", String(count)), document.createTextNode(" "), make("span", "what", of));
    return item;
  }));
}

export function showFindings(findings) {
  byId("findings").replaceChildren(...worstFirst(findings).map(rowOf));
}

function shapeOf(shape) {
  const badge = make("span", "badge", shape);
  badge.setAttribute("aria-hidden", "true");
  return badge;
}

function rowOf(finding) {
  const { state, shape, word } = stateOf(finding);
  const row = make("li");
  row.dataset.state = state;
  row.dataset.code = finding.code;
  const body = make("div", "body"), more = make("div", "more");
  body.append(make("h3", "", finding.title), make("p", "", finding.sentence));
  if (state !== "ok") more.append(...effectParts(finding.effect).map(gainOf));
  if (finding.command) more.append(commandOf(finding));
  if (finding.fixable) more.append(make("span", "mark-fix", "✎ doctor --fix"));
  row.append(shapeOf(shape), make("span", "state-word", word), body, more);
  return row;
}

function gainOf({ text, kind, source }) {
  const line = make("p", "gain");
  if (kind) {
    const tag = make("span", "figure-kind", kind);
    tag.title = KIND_HELP[kind];
    line.append(tag);
  }
  line.append(document.createTextNode(text));
  if (source) line.append(document.createTextNode(" "), make("span", "source", `(${source})`));
  return line;
}

function commandOf(finding) {
  const line = make("p", "command"), code = make("code", "", finding.command), button = make("button", "copy", "Copy");
  button.type = "button";
  button.setAttribute("aria-label", `Copy the command for ${finding.title}`);
  wireCopy(button, () => finding.command);
  line.append(code, button);
  return line;
}
