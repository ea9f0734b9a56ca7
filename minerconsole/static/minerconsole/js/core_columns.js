// The cores of a Frame as columns, as the stream tells them (docs/PROTOCOLS.md): a list for each figure, a place for each core.

const NAMES = ["core", "state", "hashrate_hps", "hashes", "errors", "age_s", "temperature_c", "frequency_mhz"];

/** Make every column of `frame.cores` a list: one that was told as a single value is that for all cores. */
export function fillColumns(frame) {
  const { cores } = frame, count = cores.core.length;
  for (const name of NAMES) if (!Array.isArray(cores[name])) cores[name] = new Array(count).fill(cores[name]);
}

/** The columns of what the API tells as rows with names. */
export function columnsOf(rows) {
  return Object.fromEntries(NAMES.map((name) => [name, rows.map((row) => row[name])]));
}

/** The core with this number as one row with names; null when it is not among them. */
export function coreOf(cores, number) {
  const place = cores.core.indexOf(number);
  return place < 0 ? null : Object.fromEntries(NAMES.map((name) => [name, cores[name][place]]));
}
