// Cores in their places: last-level cache groups, and SMT threads of one core side by side. Pure.

/**
 * `topology`: [{cpu, core, package, node, l3, kind}] (empty: not known); `numbers`: CPUs there must be a tile for.
 * Returns [{title, cores: [[cpu, …] of one physical core, …]}].
 */
export function coreGroups(topology, numbers) {
  const known = new Map(topology.map((row) => [row.cpu, row]));
  const all = [...new Set([...known.keys(), ...numbers])].sort((one, other) => one - other);
  const groups = new Map();
  for (const cpu of all) {
    const row = known.get(cpu);
    const key = row ? `${row.package}/${row.node}/${row.l3 ?? "-"}` : "?";
    if (!groups.has(key)) groups.set(key, { row, cores: new Map() });
    const cores = groups.get(key).cores;
    const core = row ? row.core : cpu;
    cores.set(core, [...(cores.get(core) ?? []), cpu]);
  }
  const rows = [...groups.values()];
  const hasNodes = new Set(topology.map((row) => row.node)).size > 1;
  const hasPackages = new Set(topology.map((row) => row.package)).size > 1;
  return rows.map(({ row, cores }, place) => ({ title: titleOf(row, place, rows.length, hasNodes, hasPackages), cores: [...cores.values()] }));
}

function titleOf(row, place, count, hasNodes, hasPackages) {
  if (!row) return count > 1 ? "not in the list of this computer" : "";
  const parts = [];
  if (hasPackages) parts.push(`CPU ${row.package}`);
  if (hasNodes) parts.push(`node ${row.node}`);
  if (row.l3 != null && count > 1) parts.push(`L3 group ${place + 1}`);
  return parts.join(", ");
}

/** "0-3,6" of a list of numbers. */
export function rangesOf(numbers) {
  const sorted = [...numbers].sort((one, other) => one - other);
  const parts = [];
  for (const number of sorted) {
    const last = parts.at(-1);
    if (last && number === last[1] + 1) last[1] = number;
    else parts.push([number, number]);
  }
  return parts.map(([from, to]) => from === to ? `${from}` : `${from}-${to}`).join(",");
}

/** The numbers of "0-3,6"; null for what is no such list. */
export function numbersOf(text) {
  const numbers = new Set();
  for (const part of text.split(",").filter((piece) => piece.trim())) {
    const found = /^\s*(\d+)(?:\s*-\s*(\d+))?\s*$/.exec(part);
    if (!found) return null;
    for (let number = Number(found[1]); number <= Number(found[2] ?? found[1]); number += 1) numbers.add(number);
  }
  return [...numbers].sort((one, other) => one - other);
}
