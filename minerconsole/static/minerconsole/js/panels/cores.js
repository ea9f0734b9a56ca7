// The grid of cores: state by pattern, rate by lightness, the figures of one on focus or under the pointer.

import { coreOf } from "../core_columns.js";
import { coreGroups } from "../core_groups.js";
import { byId, make, panelState, say } from "../dom.js";
import { rate, span, whole } from "../format.js";

const LEVELS = 5, LEVEL_HELD = 0.75; // a shade stays until the rate has left it by a quarter: no flicker between two
const panel = byId("cores-panel"), holder = byId("core-groups"), line = byId("core-line"), tag = byId("cores-tag");
const topology = JSON.parse(panel.dataset.topology || "[]");
const STATE_WORDS = { hashing: "hashing", starting: "starting", paused: "paused", quarantined: "put aside: wrong hashes", failed: "failed", off: "off" };
const tiles = new Map(); // CPU -> {cpu, tile, shown}: what it shows, so that only a change is written
let cores = { core: [] }, places = null, chosen = null; // columns of the newest frame, and the place of each core in the grid

export function updateCores(frame) {
  cores = frame.cores;
  const { core: numbers, state, hashrate_hps: rates, errors } = cores, count = numbers.length;
  if (!isBuiltFor(numbers)) build();
  panelState(panel, tiles.size ? "ready" : "empty", "No core is chosen: nothing is hashed.");
  say(tag, `${count} of ${tiles.size} chosen`);
  let most = 0;
  for (let place = 0; place < count; place += 1) if (rates[place] > most) most = rates[place];
  for (let place = 0; place < count; place += 1) {
    show(places[place], state[place], most && rates[place] ? rates[place] / most * LEVELS : 0, errors[place]);
  }
  if (chosen != null) tell(chosen);
}

// The same cores in the same order as when the tiles were made: nearly always.
function isBuiltFor(numbers) {
  if (!places || places.length !== numbers.length) return false;
  for (let place = 0; place < numbers.length; place += 1) if (places[place].cpu !== numbers[place]) return false;
  return true;
}

// `exact`: the level to the fraction, 0 for none.
function show(place, state, exact, errorCount) {
  const { tile, shown } = place, errors = errorCount ? "yes" : null, level = exact ? levelOf(exact, shown.level) : null;
  if (shown.state !== state) write(tile, "data-state", shown.state = state);
  if (shown.level !== level) write(tile, "data-level", shown.level = level);
  if (shown.errors !== errors) write(tile, "data-errors", shown.errors = errors);
}

function write(tile, name, value) {
  if (value == null) tile.removeAttribute(name);
  else tile.setAttribute(name, value);
}

function levelOf(exact, before) {
  return before && Math.abs(exact - before) < LEVEL_HELD ? before : Math.max(1, Math.round(exact));
}

function build() {
  tiles.clear();
  const groups = coreGroups(topology, cores.core).map(({ title, cores }) => {
    const group = make("div", "core-group");
    if (title) group.append(make("p", "core-title", title));
    const grid = make("div", "core-grid");
    grid.append(...cores.map(makeCore));
    group.append(grid);
    return group;
  });
  holder.replaceChildren(...groups);
  holder.querySelector("button")?.setAttribute("tabindex", "0");
  const numbers = new Set(cores.core);
  for (const [cpu, place] of tiles) if (!numbers.has(cpu)) show(place, "off", 0, 0);
  places = cores.core.map((cpu) => tiles.get(cpu));
}

// Threads of one core stand together.
function makeCore(cpus) {
  const core = make("span", cpus.length > 1 ? "core smt" : "core");
  for (const cpu of cpus) {
    const tile = make("button", "core-tile", String(cpu));
    tile.type = "button";
    tile.tabIndex = -1;
    tile.setAttribute("aria-describedby", "core-line");
    tile.setAttribute("aria-label", `Core ${cpu}`);
    tile.dataset.cpu = cpu;
    tiles.set(cpu, { cpu, tile, shown: {} });
    core.append(tile);
  }
  return core;
}

function tell(cpu) {
  const core = coreOf(cores, cpu);
  if (!core) return say(line, `Core ${cpu}: off, not chosen`);
  const parts = [
    `Core ${cpu}: ${STATE_WORDS[core.state] ?? core.state}`, rate(core.hashrate_hps), `${whole(core.hashes)} hashes`,
    `${whole(core.errors)} errors`, core.temperature_c == null ? "" : `${Math.round(core.temperature_c)} °C`,
    core.frequency_mhz == null ? "" : `${(core.frequency_mhz / 1000).toFixed(2)} GHz`,
    core.age_s == null ? "" : `last hash ${span(core.age_s)} ago`,
  ];
  return say(line, parts.filter(Boolean).join(", "));
}

function choose(event) {
  const tile = event.target.closest?.(".core-tile");
  if (!tile) return;
  chosen = Number(tile.dataset.cpu);
  tell(chosen);
}

holder.addEventListener("focusin", (event) => {
  choose(event);
  for (const { tile } of tiles.values()) tile.tabIndex = -1;
  if (event.target.matches(".core-tile")) event.target.tabIndex = 0;
});
holder.addEventListener("pointerover", choose);
holder.addEventListener("click", choose);
holder.addEventListener("keydown", (event) => {
  const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
  if (!step || !event.target.matches(".core-tile")) return;
  event.preventDefault();
  const all = Array.from(tiles.values(), ({ tile }) => tile);
  all[(all.indexOf(event.target) + step + all.length) % all.length].focus();
});

