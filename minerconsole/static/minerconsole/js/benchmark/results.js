// Former results as a table that sorts. A bar is a share of the best of the same algorithm and mode, never of another.

import { byId, make, mark, panelState, sayId, show } from "../dom.js";
import { moment, NOTHING, percent, rate, whole } from "../format.js";
import { bests, checkWords, coresWords, endWords, kindOf, modeWords, rateOf, sorted } from "./words.js";

const panel = byId("results-panel"), body = byId("results-rows"), heads = byId("results-heads"), filter = byId("results-of");
let runs = [], column = "when", isDescending = true, drawn = "";

/** Show these benchmarks; `hasMore`: there are older ones. */
export function showResults(all, hasMore) {
  runs = all.filter((run) => run.state !== "running");
  show(byId("results-more"), hasMore);
  fillFilter();
  draw();
}

export function wireResults(onMore) {
  byId("results-more").addEventListener("click", onMore);
  filter.addEventListener("change", draw);
  heads.addEventListener("click", (event) => {
    const next = event.target.dataset?.sort;
    if (!next) return;
    isDescending = next === column ? !isDescending : next !== "algorithm" && next !== "mode" && next !== "check";
    column = next;
    draw();
  });
}

function fillFilter() {
  const names = [...new Set(runs.map((run) => run.algorithm))].sort();
  if (filter.options.length === names.length + 1) return;
  const chosen = filter.value;
  const options = names.map((name) => { const made = make("option", "", name); made.value = name; return made; });
  filter.replaceChildren(filter.options[0], ...options);
  filter.value = names.includes(chosen) ? chosen : "";
}

function draw() {
  const rows = sorted(runs.filter((run) => !filter.value || run.algorithm === filter.value), column, isDescending);
  const key = JSON.stringify([rows.map((run) => [run.id, run.state]), column, isDescending]);
  if (key === drawn) return;
  drawn = key;
  for (const head of heads.children) {
    const isBy = head.querySelector("[data-sort]")?.dataset.sort === column;
    mark(head, "aria-sort", isBy ? (isDescending ? "descending" : "ascending") : null);
  }
  const best = bests(runs), newest = Math.max(...runs.map((run) => run.id));
  body.replaceChildren(...rows.map((run) => rowOf(run, best.get(kindOf(run)), run.id === newest)));
  sayId("results-tag", runs.length ? `${whole(rows.length)} ${rows.length === 1 ? "result" : "results"}` : "");
  panelState(panel, runs.length ? "ready" : "empty", "Nothing yet. What you measure is kept here, to see what a change of memory, cores or version brought.");
}

function rowOf(run, best, isNewest) {
  const row = make("tr"), hps = rateOf(run), check = checkWords(run);
  const family = run.algorithm.startsWith("rx/") ? "randomx" : "scrypt";
  row.setAttribute("role", "row");
  row.dataset.family = family;
  if (isNewest) row.dataset.newest = "yes";
  const when = cell("When", moment(Date.parse(run.started_at) / 1000), "", "th");
  if (isNewest) when.lastChild.append(make("span", "newest", "newest"));
  const kind = cell("Algorithm", run.algorithm, `family-${family}`);
  if (hps == null) {
    const why = cell("Result", endWords(run), "why");
    why.colSpan = 4;
    row.append(when, kind, cell("Hashes", whole(run.hashes), "figure"), cell("Cores", run.cores || NOTHING, "figure"), cell("Mode", modeWords(run)), why);
    return row;
  }
  const verdict = cell("Check value", check.word);
  verdict.lastChild.dataset.ok = check.is;
  row.append(
    when, kind, cell("Hashes", whole(run.hashes), "figure"), cell("Cores", coresWords(run), "figure"), cell("Mode", modeWords(run)),
    cell("Hash rate", rate(hps), "figure rate"), barOf(hps, check.is === "no" ? null : best), verdict, cell("Version", run.result.version ?? NOTHING),
  );
  return row;
}

function cell(label, text, className = "", tag = "td") {
  const made = make(tag, className);
  made.setAttribute("role", tag === "th" ? "rowheader" : "cell");
  if (tag === "th") made.scope = "row";
  made.dataset.label = label;
  made.append(make("span", "", text));
  return made;
}

function barOf(hps, best) {
  const made = cell("Of the best", ""), holder = make("span", "of-best"), bar = make("span", "bar-of-best"), fill = make("i");
  if (!best) return made;
  bar.setAttribute("aria-hidden", "true"); // the figure beside it says the same
  fill.style.inlineSize = `${100 * hps / best}%`;
  bar.append(fill);
  holder.append(bar, make("span", "", percent(100 * hps / best, 0)));
  made.lastChild.replaceWith(holder);
  return made;
}
