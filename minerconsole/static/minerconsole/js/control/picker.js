// Cores to choose: a grid of switches by cache group and SMT core, with the state that each is in now.

import { coreGroups, numbersOf, rangesOf } from "../core_groups.js";
import { byId, make, mark, say, show } from "../dom.js";
import { rate } from "../format.js";

const panel = byId("cores-panel"), holder = byId("core-groups"), tag = byId("cores-tag"), sets = byId("core-sets");
const topology = JSON.parse(panel.dataset.topology || "[]");
const groups = coreGroups(topology, topology.map((row) => row.cpu));
const tiles = new Map();
let chosen = new Set(), running = [], isByHand = false, onChange = () => {};

/** "" when the computer chooses, else "0-3,6". */
export function pickedCores() {
  return isByHand ? rangesOf([...chosen]) : "";
}

/** Put a choice in. */
export function pickCores(text) {
  isByHand = text !== "";
  chosen = new Set(isByHand ? numbersOf(text) ?? [] : running);
  byHand().checked = isByHand;
  byComputer().checked = !isByHand;
  draw();
}

export function wirePicker(changed) {
  onChange = changed;
  build();
  for (const radio of document.querySelectorAll('input[name="cores-by"]')) {
    radio.addEventListener("change", () => {
      isByHand = byHand().checked;
      if (isByHand && !chosen.size) chosen = new Set(running);
      if (!isByHand) chosen = new Set(running);
      draw();
      onChange();
    });
  }
  sets.addEventListener("click", (event) => {
    const word = event.target.dataset?.set;
    if (!word) return;
    chosen = new Set(word === "none" ? [] : groups.flatMap(({ cores }) => cores.flatMap((cpus) => word === "single" ? cpus.slice(0, 1) : cpus)));
    draw();
    onChange();
  });
}

const byHand = () => document.querySelector('input[name="cores-by"][value="hand"]');
const byComputer = () => document.querySelector('input[name="cores-by"][value="auto"]');

function build() {
  holder.replaceChildren(...groups.map(({ title, cores }) => {
    const group = make("div", "core-group");
    if (title) group.append(make("p", "core-title", title));
    const grid = make("div", "core-grid");
    grid.append(...cores.map(makeCore));
    group.append(grid);
    return group;
  }));
}

function makeCore(cpus) {
  const core = make("span", cpus.length > 1 ? "core smt" : "core");
  for (const cpu of cpus) {
    const tile = make("button", "core-tile", String(cpu));
    tile.type = "button";
    const kind = topology.find((row) => row.cpu === cpu)?.kind;
    tile.dataset.kind = kind ?? "uniform";
    tile.setAttribute("aria-label", `Core ${cpu}${kind && kind !== "uniform" ? `, ${kind}` : ""}`);
    tile.addEventListener("click", () => toggle(cpu));
    tiles.set(cpu, tile);
    core.append(tile);
  }
  return core;
}

function toggle(cpu) {
  if (!isByHand) {
    isByHand = true;
    byHand().checked = true;
  }
  if (chosen.has(cpu)) chosen.delete(cpu); else chosen.add(cpu);
  draw();
  onChange();
}

/** Show how each core is now. */
export function updatePicker(frame) {
  const { core: numbers, state, hashrate_hps: rates } = frame.cores;
  const places = new Map(numbers.map((cpu, place) => [cpu, place]));
  running = [...numbers];
  if (!isByHand) {
    const next = new Set(running);
    if (rangesOf([...next]) !== rangesOf([...chosen])) { chosen = next; draw(); }
  }
  for (const [cpu, tile] of tiles) {
    const place = places.get(cpu);
    mark(tile, "data-state", place == null ? "off" : state[place]);
    mark(tile, "title", place == null ? "off" : `${state[place]}, ${rate(rates[place])}`);
  }
}

function draw() {
  for (const [cpu, tile] of tiles) mark(tile, "aria-pressed", String(chosen.has(cpu)));
  say(tag, isByHand ? `${chosen.size} of ${tiles.size} chosen` : `the computer chose ${chosen.size || "–"} of ${tiles.size}`);
  show(sets, isByHand);
}
