// One polite sentence for screen readers: when the state changes, and never more often than each 30 seconds.

import { rate, whole } from "./format.js";
import { WORDS } from "./freshness.js";

const LEAST_MS = 30000;

export class Speaker {
  #node; #key = ""; #saidAt = -Infinity;

  constructor(node) {
    this.#node = node;
  }

  /** Say how it is if that is news. A change of the link is told at once. */
  consider({ freshness, frame, isPaused }) {
    const alerts = frame?.alerts.length ?? 0;
    const key = `${freshness} ${frame?.state} ${alerts} ${isPaused}`;
    const isLinkNews = !this.#key.startsWith(`${freshness} `);
    if (key === this.#key || (!isLinkNews && performance.now() - this.#saidAt < LEAST_MS)) return;
    this.#key = key;
    this.#saidAt = performance.now();
    this.#node.textContent = sentence(freshness, frame, alerts, isPaused);
  }
}

function sentence(freshness, frame, alerts, isPaused) {
  if (!frame) return `${WORDS[freshness]}: no figures yet.`;
  const parts = [
    isPaused ? "Figures are held" : WORDS[freshness], frame.state, rate(frame.hashrate_hps.s60),
    `${whole(frame.shares.accepted)} shares accepted`, alerts ? `${alerts} need attention` : "",
  ];
  return `${parts.filter(Boolean).join(", ")}.`;
}
