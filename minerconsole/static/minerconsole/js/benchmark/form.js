// The form of the benchmark: what can be chosen, what is chosen.

import { coreGroups, rangesOf } from "../core_groups.js";
import { byId, make, mark, say, show } from "../dom.js";
import { whole } from "../format.js";

const { choices: told, topology: layout } = byId("main").dataset;
export const choices = JSON.parse(told), topology = JSON.parse(layout);
const algorithm = byId("algorithm"), hashes = byId("hashes"), other = byId("hashes-other"), mode = byId("mode"), cores = byId("cores");
const USUAL = { randomx: 10000, scrypt: 20000 };
const picked = new Set();
let onChange = () => {};

export const choiceNow = () => choices.find((row) => row.name === algorithm.value);

/** {algorithm, hashes, mode, cores}, as the API takes it. */
export function readWish() {
  const count = hashes.value === "other" ? Number(other.value) : Number(hashes.value);
  const isHand = cores.value === "hand";
  return { algorithm: algorithm.value, hashes: count, mode: choiceNow().has_modes ? mode.value : "auto", cores: isHand ? rangesOf([...picked]) : "" };
}

/** Why what is chosen cannot be measured; "" when it can. */
export function wishTrouble() {
  const wish = readWish();
  if (!Number.isInteger(wish.hashes) || wish.hashes < 1 || wish.hashes > 1000000) return "Choose 1 to 1 000 000 hashes.";
  return cores.value === "hand" && !picked.size ? "Choose at least one core." : "";
}

export function wireForm(changed) {
  onChange = changed;
  algorithm.replaceChildren(...choices.map(({ name, title }) => option(name, title)));
  fillHashes();
  drawCores();
  algorithm.addEventListener("change", () => { fillHashes(); settle(); });
  for (const field of [hashes, other, mode]) field.addEventListener("input", settle);
  cores.addEventListener("input", () => { if (cores.value === "hand" && !picked.size) pickAll(); settle(); });
  settle();
}

/** Whether the form can be used. */
export function openForm(isOpen) {
  byId("wish-fields").disabled = !isOpen;
}

function option(value, title) {
  const made = make("option", "", title);
  made.value = value;
  return made;
}

function fillHashes() {
  const { hashes: known, has_modes: hasModes } = choiceNow();
  hashes.replaceChildren(...known.map((count) => option(String(count), whole(count))), option("other", "another number"));
  const usual = USUAL[hasModes ? "randomx" : "scrypt"];
  hashes.value = String(known.includes(usual) ? usual : known[0] ?? "other");
}

function settle() {
  const isOther = hashes.value === "other", isHand = cores.value === "hand";
  show(byId("hashes-other-field"), isOther);
  show(byId("mode-field"), choiceNow().has_modes);
  show(byId("cores-hand"), isHand);
  say(byId("hashes-help"), isOther && !choiceNow().hashes.includes(Number(other.value))
    ? "For this number no check value is known: the rate is measured, the hashes are not proved." : "The check value of this number is known: a wrong hash would be seen.");
  onChange();
}

function pickAll() {
  for (const row of topology) picked.add(row.cpu);
  markCores();
}

function drawCores() {
  const groups = coreGroups(topology, topology.map((row) => row.cpu));
  byId("core-groups").replaceChildren(...groups.map(({ title, cores: rows }) => {
    const group = make("div", "core-group"), grid = make("div", "core-grid");
    if (title) group.append(make("p", "core-title", title));
    grid.append(...rows.map((cpus) => {
      const core = make("span", cpus.length > 1 ? "core smt" : "core");
      core.append(...cpus.map(tileOf));
      return core;
    }));
    group.append(grid);
    return group;
  }));
}

function tileOf(cpu) {
  const tile = make("button", "core-tile", String(cpu));
  tile.type = "button";
  tile.dataset.cpu = cpu;
  tile.setAttribute("aria-label", `Core ${cpu}`);
  tile.setAttribute("aria-pressed", "false");
  tile.addEventListener("click", () => {
    if (picked.has(cpu)) picked.delete(cpu); else picked.add(cpu);
    markCores();
    settle();
  });
  return tile;
}

function markCores() {
  for (const tile of byId("core-groups").querySelectorAll(".core-tile")) mark(tile, "aria-pressed", String(picked.has(Number(tile.dataset.cpu))));
}
