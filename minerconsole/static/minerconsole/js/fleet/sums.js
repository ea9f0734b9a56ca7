// The sums of the fleet: nodes by how lately they were heard, and for each algorithm rate, shares and the last minutes.

import { Surface } from "../canvas.js";
import { drawSparkline } from "../chart.js";
import { byId, make, mark, say } from "../dom.js";
import { familyName, percent, rateParts, whole } from "../format.js";
import { SHAPES, WORDS } from "../freshness.js";

const SPARK = 300;
const sums = byId("sums");
const tiles = new Map();

/** `presence`: how many are live, late …; `asked`: the one that is filtered by, "" for none. */
export function showPresence(presence, asked) {
  for (const button of document.querySelectorAll("[data-presence]")) {
    const word = button.dataset.presence, count = presence[word] ?? 0;
    say(button.querySelector(".presence-shape"), SHAPES[word]);
    say(button.querySelector("b"), whole(count));
    say(button.querySelector(".what"), word === "never" ? "Never" : WORDS[word]);
    mark(button, "aria-pressed", String(word === asked));
    mark(button, "data-none", count ? null : "yes");
  }
}

/** A tile for each algorithm that is live somewhere; one that went is taken away. */
export function showSums(algorithms) {
  const names = algorithms.map((each) => each.algorithm);
  for (const [name, tile] of tiles) {
    if (names.includes(name)) continue;
    tile.root.remove();
    tiles.delete(name);
  }
  for (const each of algorithms) showTile(tileOf(each.algorithm), each);
}

function tileOf(name) {
  if (!tiles.has(name)) tiles.set(name, makeTile(name));
  return tiles.get(name);
}

function makeTile(name) {
  const root = make("section", "tile sum-tile");
  const tile = { root, number: make("span", "number"), unit: make("span", "unit"), nodes: make("p", "sub"), shares: make("p", "sub"), values: [] };
  const family = name.startsWith("rx/") ? "randomx" : name;
  const title = make("h2", "", `${familyName(name)}, one minute's mean`);
  mark(root, "data-family", family);
  const value = make("p", "value"), picture = make("canvas", "sum-spark");
  mark(picture, "aria-hidden", "true");
  value.append(tile.number, tile.unit);
  root.append(title, value, tile.nodes, tile.shares, picture);
  sums.append(root);
  tile.spark = new Surface(picture, (context, width, height) => drawSparkline(context, width, height, tile.values, `--${family}`));
  return tile;
}

function showTile(tile, sum) {
  const rate = sum.s60 ?? sum.s10;
  const [number, unit] = rateParts(rate);
  say(tile.number, number);
  say(tile.unit, unit);
  const notes = [sum.unmeasured ? `${whole(sum.unmeasured)} not measured yet` : "", sum.demonstrations ? `${whole(sum.demonstrations)} earn nothing (offline)` : ""];
  say(tile.nodes, [`${whole(sum.mining)} of ${whole(sum.nodes)} mining`, ...notes].filter(Boolean).join(" · "));
  const decided = sum.accepted + sum.rejected + sum.stale;
  say(tile.shares, decided ? `${whole(sum.accepted)} shares accepted · ${percent(100 * (sum.rejected + sum.stale) / decided)} refused` : "no shares yet");
  tile.values.push(rate);
  if (tile.values.length > SPARK) tile.values.shift();
  tile.spark.paint();
}
