// The nodes of the fleet: rows of the stream and what is known beside them, joined; who is in trouble; who is looked for.
// Pure: times are arguments.

import { freshnessOf } from "../freshness.js";

const MOST_REJECTED = 0.05, SLOW = 0.8, FEW = 20;

/** Objects of rows; `columns` names their places. */
export function rowsOf(columns, rows) {
  return rows.map((row) => Object.fromEntries(columns.map((name, place) => [name, row[place]])));
}

/** One object for each node: its row, its card (an unknown one has no name yet), its age now and what that is called. */
export function joined(rows, cards, elapsedS) {
  return rows.map((row) => {
    const card = cards.get(row.id) ?? { name: row.id, group: "", tags: [], cpu: "", member: "", drift: "", drift_sentence: "" };
    const ageS = row.age_s == null ? null : row.age_s + elapsedS;
    const node = { ...card, ...row, ageS, presence: freshnessOf(ageS) };
    return { ...node, ...troubleOf(node) };
  });
}

/** {rank, trouble}: how much a node needs to be looked at (0: not at all), and why in words. */
export function troubleOf(node) {
  for (const [rank, isSo, words] of TROUBLES) {
    if (isSo(node)) return { rank, trouble: typeof words === "function" ? words(node) : words };
  }
  return { rank: 0, trouble: "" };
}

const isHeard = (node) => node.presence === "live" || node.presence === "late";
const works = (node) => isHeard(node) && node.state === "mining";
const decided = (node) => (node.accepted ?? 0) + (node.rejected ?? 0) + (node.stale ?? 0);

/** Share of the answered shares that were refused; null while there are none. */
export function rejectedShare(node) {
  const count = decided(node);
  return count ? (node.rejected + node.stale) / count : null;
}

const TROUBLES = [
  [1, (node) => node.member === "left", "left the fleet"],
  [100, (node) => node.member === "cloned", "two machines use its identity: it is given no plans"],
  [95, (node) => isHeard(node) && node.state === "failed", (node) => node.reason || "cannot mine"],
  [90, (node) => node.presence === "offline", "nothing is heard of it"],
  [80, (node) => node.presence === "stale", "its figures are old"],
  [75, (node) => node.severity === "error", (node) => node.alert],
  [70, (node) => node.drift === "failed", (node) => node.drift_sentence],
  [65, (node) => works(node) && !node.offline && node.link === "down", "no connection to its pool"],
  [60, (node) => decided(node) >= FEW && rejectedShare(node) > MOST_REJECTED, "its pool refuses many shares"],
  [50, (node) => node.presence === "late", "its figures are late"],
  [45, (node) => node.drift === "other" || node.drift === "group", (node) => node.drift_sentence],
  [40, (node) => node.severity === "warning", (node) => node.alert],
  [35, (node) => works(node) && node.expected > 0 && node.s60 != null && node.s60 < SLOW * node.expected, "slower than expected"],
  [15, (node) => isHeard(node) && node.state === "paused", (node) => node.reason || "paused"],
  [12, (node) => isHeard(node) && node.state === "idle", (node) => node.reason || "does not mine"],
  [10, (node) => node.presence === "never", "never heard"],
  [8, (node) => node.drift === "waiting", (node) => node.drift_sentence],
];

const text = (value) => String(value ?? "").toLowerCase();
const number = (value) => value ?? -Infinity;
const byText = (of) => (one, other) => text(of(one)).localeCompare(text(of(other)), "en", { numeric: true });
const byNumber = (of) => (one, other) => number(of(other)) - number(of(one)) || 0;

/** Orders: the first way is the useful one (worst, most, A to Z). */
export const ORDERS = {
  trouble: byNumber((node) => node.rank),
  name: byText((node) => node.name),
  group: byText((node) => node.group || "￿"),
  rate: byNumber((node) => node.s60),
  accepted: byNumber((node) => node.accepted),
  rejected: byNumber(rejectedShare),
  pool: byText((node) => node.pool || "￿"),
  plan: byNumber((node) => (node.drift ? 1e6 : 0) + (node.plan ?? 0)),
};

/** The nodes in an order, the same ones always in the same place. */
export function ordered(nodes, { by, isReversed }) {
  const compare = ORDERS[by], last = ORDERS.name, sign = isReversed ? -1 : 1;
  return [...nodes].sort((one, other) => sign * compare(one, other) || last(one, other) || (one.id < other.id ? -1 : 1));
}

/** Those that are asked for: {words, presence, group, algorithm, tags}; what is empty asks for nothing. */
export function chosen(nodes, { words, presence, group, algorithm, tags }) {
  const parts = text(words).split(/\s+/).filter(Boolean);
  return nodes.filter((node) => (!presence || node.presence === presence)
    && (!group || node.group === group)
    && (!algorithm || node.algorithm === algorithm)
    && tags.every((tag) => node.tags.includes(tag))
    && parts.every((part) => searched(node).includes(part)));
}

function searched(node) {
  return text([node.name, node.id, node.cpu, node.group, node.pool, node.trouble, node.state, ...node.tags].join(" "));
}

/** The same nodes in the places that they had: those of `ids` first, new ones behind. */
export function kept(nodes, ids) {
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const known = new Set(ids);
  return [...ids.map((id) => byId.get(id)).filter(Boolean), ...nodes.filter((node) => !known.has(node.id))];
}

/** What there is to filter by: groups, algorithms and tags, each in order. */
export function offered(nodes) {
  const sorted = (values) => [...new Set(values)].filter(Boolean).sort((one, other) => one.localeCompare(other, "en", { numeric: true }));
  return {
    groups: sorted(nodes.map((node) => node.group)),
    algorithms: sorted(nodes.map((node) => node.algorithm)),
    tags: sorted(nodes.flatMap((node) => node.tags)),
  };
}
