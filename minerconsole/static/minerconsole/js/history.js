// Stored history and the live tail, kept together: asks the API for what is missing, again after each reconnect.

import { ask } from "./api.js";
import { LiveTail, RANGES, recordedUntil, Timeline } from "./timeline.js";

const MINUTES_S = 2 * 3600, HOUR_S = 3600;
const REFRESH_MS = 60000;
// What the recorder had not written yet when the page was opened: asked for again soon, so that no seam stays.
const SOON_MS = [6000, 15000];
/** Over how long the band of a range looks back, and how much past it needs in front of what is shown. */
export const WINDOW_S = { "24h": HOUR_S, "7d": 6 * HOUR_S, "30d": 24 * HOUR_S };

export class History {
  /** `clock()`: Unix seconds by the clock of the node. */
  constructor(node, clock) {
    this.node = node;
    this.clock = clock;
    this.tail = new LiveTail();
    this.minutes = new Timeline(MINUTES_S, 60);
    this.range = "15m";
    this.shown = this.#timelineOf(this.range);
    this.state = "loading"; // loading, ready, error
    this.trouble = "";
    this.ticket = 0;
    this.version = 0; // of what is stored here
    this.onChange = () => {};
    this.soon = [];
    setInterval(() => { if (!document.hidden) this.refresh(); }, REFRESH_MS);
  }

  get windowS() {
    return WINDOW_S[this.range] ?? HOUR_S;
  }

  get isLong() {
    return this.range in WINDOW_S;
  }

  /** Fetch now, and again when the recorder has written what happened until now. */
  refreshSoon() {
    for (const timer of this.soon) clearTimeout(timer);
    this.soon = SOON_MS.map((wait) => setTimeout(() => this.refresh(), wait));
    this.refresh();
  }

  choose(range) {
    this.range = range;
    this.shown = this.#timelineOf(range);
    this.state = "loading";
    this.refresh();
  }

  #timelineOf(range) {
    const { spanS, stepS } = RANGES[range];
    return new Timeline(spanS + (WINDOW_S[range] ?? 0), stepS);
  }

  /** Fetch what is stored, for the hour and for what is shown; a hole of a lost connection is filled by it. */
  async refresh() {
    const ticket = this.ticket += 1;
    const [shown, minutes] = [this.shown, this.minutes];
    try {
      const [fine, coarse] = await Promise.all([this.#fetch(shown), this.#fetch(minutes)]);
      if (ticket !== this.ticket) return;
      const until = recordedUntil(fine);
      shown.load(fine, until);
      minutes.load(coarse, until);
      this.version += 1;
      this.state = "ready";
      this.trouble = "";
    } catch (error) {
      if (ticket !== this.ticket) return;
      this.state = "error";
      this.trouble = `What was recorded cannot be read: ${error.message}. The live figures go on.`;
    }
    this.onChange();
  }

  #fetch(timeline) {
    const now = this.clock();
    const start = new Date((now - timeline.spanS) * 1000).toISOString(), end = new Date(now * 1000).toISOString();
    const points = Math.min(1500, Math.ceil(timeline.spanS / timeline.wantedStepS) + 2);
    return ask(`/nodes/${this.node}/series?start=${encodeURIComponent(start)}&end=${encodeURIComponent(end)}&points=${points}`);
  }
}
