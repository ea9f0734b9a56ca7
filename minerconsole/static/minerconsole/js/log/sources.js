// Where lines come from: the miner's log file and the event log, each asked for what is new. Knows no page.

import { ask } from "../api.js";
import { clock, moment } from "../format.js";

const MOST_AT_ONCE = 1000, EVENTS_AT_ONCE = 200;
const GAPS = {
  begun: "Older lines are in the file and in those beside it (miner.log.1 …).",
  behind: "So many lines came that some are left out here; the file has them.",
  gone: "The log file was replaced or deleted here; lines in between may be missing.",
};

const gapLine = (text) => ({ at: "", topic: "", level: "info", text, gap: true });

/** The log file. `next()` gives {lines, isMore, isRunning, hasSource}. */
export class MinerLog {
  #node; #place = "";

  constructor(node) {
    this.#node = node;
  }

  async next() {
    const query = new URLSearchParams({ after: this.#place, lines: MOST_AT_ONCE });
    const part = await ask(`/nodes/${this.#node}/log?${query}`);
    this.#place = part.place;
    const lines = part.gap ? [gapLine(GAPS[part.gap]), ...part.lines] : part.lines;
    return { lines, isMore: part.is_more, isRunning: part.is_running, hasSource: part.has_file };
  }
}

/** The event log: who did what. */
export class EventLog {
  #last = null;

  async next() {
    const { events } = await ask(`/events?limit=${EVENTS_AT_ONCE}`);
    const fresh = this.#last == null ? events : events.filter((event) => event.id > this.#last);
    const lines = fresh.reverse().map(asLine);
    if (fresh.length === EVENTS_AT_ONCE) lines.unshift(gapLine("Older events are in the admin, under Events."));
    this.#last = Math.max(this.#last ?? 0, ...fresh.map((event) => event.id));
    return { lines, isMore: false, isRunning: true, hasSource: true };
  }
}

function asLine(event) {
  const at = Date.parse(event.at) / 1000;
  const sentence = event.actor && !event.sentence.includes(event.actor) ? `${event.sentence} (${event.actor})` : event.sentence;
  return { at: `${moment(at).split(" ")[0]} ${clock(at)}`, topic: event.kind, level: event.level, text: sentence };
}
