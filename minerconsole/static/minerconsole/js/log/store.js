// The lines that are held: at most 10,000, the oldest go. Filtered by level and by text. Pure: knows no page.

export const MOST_LINES = 10000;
const RANK = { info: 0, ok: 0, warning: 1, error: 2 };

export class LineStore {
  #lines = []; #matching = []; #serial = 0; #level = "info"; #find = ""; #counts = { warning: 0, error: 0 }; #gaps = 0;

  get size() { return this.#lines.length; }

  /** How many of them are no lines of the log, but words about missing ones. */
  get gaps() { return this.#gaps; }

  /** Lines that match, oldest first. */
  get matching() { return this.#matching; }

  get counts() { return this.#counts; }

  get find() { return this.#find; }

  /** Add lines {at, topic, level, text}; returns how many that match were added, and how many went at the beginning. */
  add(lines) {
    const before = this.#matching.length;
    for (const line of lines) {
      const row = { ...line, serial: this.#serial += 1 };
      if (row.level in this.#counts) this.#counts[row.level] += 1;
      if (row.gap) this.#gaps += 1;
      this.#lines.push(row);
      if (this.#matches(row)) this.#matching.push(row);
    }
    return { added: this.#matching.length - before, gone: this.#trim() };
  }

  /** What shall be shown: `level` and what is graver, with `find` in it. */
  filter(level, find) {
    this.#level = level;
    this.#find = find.trim().toLowerCase();
    this.#matching = this.#lines.filter((row) => this.#matches(row));
  }

  #matches(row) {
    if ((RANK[row.level] ?? 0) < RANK[this.#level]) return false;
    return !this.#find || `${row.at} ${row.topic} ${row.text}`.toLowerCase().includes(this.#find);
  }

  #trim() {
    const extra = this.#lines.length - MOST_LINES;
    if (extra <= 0) return 0;
    const gone = this.#lines.splice(0, extra);
    for (const row of gone) {
      if (row.level in this.#counts) this.#counts[row.level] -= 1;
      if (row.gap) this.#gaps -= 1;
    }
    const oldest = this.#lines[0].serial;
    const first = this.#matching.findIndex((row) => row.serial >= oldest);
    return this.#matching.splice(0, first < 0 ? this.#matching.length : first).length;
  }
}

/** The lines as a text file has them. */
export function asText(lines) {
  return lines.map(({ at, topic, level, text }) => {
    const loud = level === "warning" || level === "error" ? `${level.toUpperCase()} ` : "";
    return at ? `${at}  ${topic.padEnd(10)} ${loud}${text}\n` : `${text}\n`;
  }).join("");
}
