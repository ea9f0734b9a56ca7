// The cores of a Frame as the stream tells them: rows of values without names (docs/PROTOCOLS.md).

/** Put objects with names in place of the rows of `frame.cores`. */
export function nameCores(frame) {
  const rows = frame.cores;
  for (let place = 0; place < rows.length; place += 1) rows[place] = named(rows[place]);
}

function named(row) {
  return {
    core: row[0], state: row[1], hashrate_hps: row[2], hashes: row[3], errors: row[4], age_s: row[5], temperature_c: row[6],
    frequency_mhz: row[7],
  };
}
