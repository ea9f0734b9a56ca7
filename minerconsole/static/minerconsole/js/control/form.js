// The form: what can be chosen, what is chosen, what is locked and by what. Asks nothing of the server but the lists.

import { ask } from "../api.js";
import { byId, make, panelState, say, show } from "../dom.js";
import { family } from "../format.js";
import { listed } from "./wish.js";
import { pickCores, pickedCores, wirePicker } from "./picker.js";

const panel = byId("place-panel");
const at = Object.fromEntries(
  ["algorithm", "coin", "wallet_id", "worker", "mode", "huge_pages", "priority", "intensity", "intensity-number", "pools", "pools-empty",
    "coin-help", "wallet-help", "place-locked", "intensity-locked", "cores-locked", "place-fields", "intensity-fields", "cores-fields", "more-fields"]
    .map((id) => [id, byId(id)]),
);
const PLAIN = ["worker", "mode", "huge_pages", "priority"];
const canAct = byId("main").dataset.role !== "viewer";
let coins = [], wallets = [], pools = [], poolIds = [], threads = null, onChange = () => {};

const kinds = () => [...document.querySelectorAll('input[name="kind"]')];

/** Load coins, wallets and pools. Raises Refusal. */
export async function loadLists() {
  [coins, wallets, pools] = await Promise.all([ask("/coins"), ask("/wallets"), ask("/pools")]);
  const enabled = coins.filter((coin) => coin.is_enabled || pools.some((pool) => pool.coin === coin.ticker));
  at.coin.replaceChildren(...enabled.map((coin) => option(coin.ticker, `${coin.name} (${coin.ticker})`)));
  panelState(panel, "ready");
}

function option(value, text) {
  const row = make("option", "", text);
  row.value = value;
  return row;
}

export function readWish() {
  const cores = pickedCores();
  return {
    kind: kinds().find((radio) => radio.checked)?.value ?? "offline", algorithm: at.algorithm.value, coin: at.coin.value,
    wallet_id: at.wallet_id.value ? Number(at.wallet_id.value) : null, pool_ids: [...poolIds], cores, threads: cores ? null : threads,
    intensity: Number(at.intensity.value), ...Object.fromEntries(PLAIN.map((name) => [name, at[name].value])),
  };
}

export function writeWish(wish) {
  for (const radio of kinds()) radio.checked = radio.value === wish.kind;
  at.algorithm.value = wish.algorithm;
  if (wish.coin) at.coin.value = wish.coin;
  threads = wish.threads;
  poolIds = [...wish.pool_ids];
  for (const name of PLAIN) at[name].value = wish[name];
  writeIntensity(wish.intensity);
  pickCores(wish.cores);
  showKind();
  showCoin();
  if (wish.wallet_id) at.wallet_id.value = String(wish.wallet_id);
}

function writeIntensity(value) {
  at.intensity.value = at["intensity-number"].value = String(value);
}

function showKind() {
  const kind = kinds().find((radio) => radio.checked)?.value ?? "offline";
  for (const part of panel.querySelectorAll("[data-kind]")) show(part, part.dataset.kind === kind);
}

function showCoin() {
  const ticker = at.coin.value, coin = coins.find((row) => row.ticker === ticker);
  say(at["coin-help"], coin ? `${family(coin.algorithm)} (${coin.algorithm}), a block each ${Math.round(coin.block_time_s)} s` : "");
  const mine = wallets.filter((wallet) => wallet.coin === ticker);
  at.wallet_id.replaceChildren(...mine.map((wallet) => option(String(wallet.id), `${wallet.name}: ${shortened(wallet.address)}`)));
  say(at["wallet-help"], mine.length ? "" : `There is no wallet for ${ticker} yet. Set up adds one, or Admin.`);
  showPools(ticker);
}

const shortened = (address) => address.length > 16 && !address.includes("…") ? `${address.slice(0, 6)}…${address.slice(-4)}` : address;

// The chosen ones first, in their order, then the rest.
function showPools(ticker) {
  const mine = pools.filter((pool) => pool.coin === ticker);
  poolIds = poolIds.filter((id) => mine.some((pool) => pool.id === id));
  const rank = (pool) => poolIds.includes(pool.id) ? poolIds.indexOf(pool.id) : poolIds.length + mine.indexOf(pool);
  at.pools.replaceChildren(...[...mine].sort((one, other) => rank(one) - rank(other)).map(poolRow));
  say(at["pools-empty"], `There is no pool for ${ticker} yet. Set up adds one from the catalogue, or your own node.`);
  show(at["pools-empty"], mine.length === 0);
}

function poolRow(pool) {
  const row = make("li"), label = make("label"), box = make("input"), place = poolIds.indexOf(pool.id);
  box.type = "checkbox";
  box.checked = place >= 0;
  box.addEventListener("change", () => {
    poolIds = box.checked ? [...poolIds, pool.id] : poolIds.filter((id) => id !== pool.id);
    showAgain(pool, "input");
    onChange();
  });
  row.dataset.pool = pool.id;
  const where = pool.endpoints.map((endpoint) => endpoint.url ?? `${endpoint.host}:${endpoint.port}`).slice(0, 2).join(", ");
  const words = make("span", "pool-words");
  words.append(make("b", "", place >= 0 ? `${place + 1}. ${pool.name}` : pool.name), make("span", "help", where));
  label.append(box, words);
  row.append(label);
  if (place > 0) row.append(upButton(pool, place));
  return row;
}

// The rows are made anew: the focus stays with the pool.
function showAgain(pool, control) {
  showPools(pool.coin);
  const row = at.pools.querySelector(`[data-pool="${pool.id}"]`);
  (row.querySelector(control) ?? row.querySelector("input")).focus();
}

function upButton(pool, place) {
  const button = make("button", "icon-button", "↑");
  button.type = "button";
  button.setAttribute("aria-label", `${pool.name}: use it earlier`);
  button.addEventListener("click", () => {
    [poolIds[place - 1], poolIds[place]] = [poolIds[place], poolIds[place - 1]];
    showAgain(pool, "button");
    onChange();
  });
  return button;
}

export function wireForm(changed) {
  onChange = changed;
  wirePicker(changed);
  at.intensity.addEventListener("input", () => { at["intensity-number"].value = at.intensity.value; changed(); });
  at["intensity-number"].addEventListener("input", () => {
    const value = Math.min(100, Math.max(0, Math.round(Number(at["intensity-number"].value) || 0)));
    at.intensity.value = String(value);
    changed();
  });
  at["intensity-number"].addEventListener("change", () => writeIntensity(at.intensity.value));
  for (const radio of kinds()) radio.addEventListener("change", () => { showKind(); changed(); });
  at.coin.addEventListener("change", () => { poolIds = []; showCoin(); changed(); });
  for (const name of ["algorithm", "wallet_id", ...PLAIN]) at[name].addEventListener("input", changed);
}

/** Lock what pins hold, each with its source and how to release it. */
export function showLocks(locked) {
  lock("place", ["kind", "coin", "wallet_id", "pool_ids", "algorithm"], locked);
  lock("intensity", ["intensity"], locked);
  lock("cores", ["cores"], locked);
  const isPlaceLocked = locked.has("kind");
  at["place-fields"].disabled = !canAct || isPlaceLocked;
  at.algorithm.disabled = locked.has("algorithm");
  at.coin.disabled = locked.has("coin");
  at.wallet_id.disabled = locked.has("wallet_id");
  at["intensity-fields"].disabled = !canAct || locked.has("intensity");
  at["cores-fields"].disabled = !canAct || locked.has("cores");
  for (const name of PLAIN) {
    at[name].disabled = locked.has(name);
    at[name].title = locked.has(name) ? `Locked by ${locked.get(name).source}: ${locked.get(name).release}` : "";
  }
}

function lock(name, fields, locked) {
  const found = [...new Map(fields.filter((field) => locked.has(field)).map((field) => [locked.get(field).key, locked.get(field)])).values()];
  const note = at[`${name}-locked`];
  show(note, found.length > 0);
  if (found.length) say(note, `Locked: ${listed(found.map((pin) => `${pin.key} comes from ${pin.source}`))}. To change it here: ${listed([...new Set(found.map((pin) => pin.release))])}.`);
}

/** Sentences beside their fields; `fields` as the API gives them. Returns what no field is there for. */
export function showErrors(fields) {
  for (const node of byId("wish").querySelectorAll(".error")) show(node, false);
  const rest = [];
  for (const [name, sentences] of Object.entries(fields)) {
    const node = document.getElementById(`${name.split(".").at(-1)}-error`);
    if (!node) { rest.push(...sentences); continue; }
    say(node, sentences.join(" "));
    show(node, true);
  }
  return rest;
}
