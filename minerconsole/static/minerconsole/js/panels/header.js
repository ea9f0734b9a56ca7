// The bar: how old the figures are and by which way they come, pause, how often, how many alerts, the page's title.

import { byId, mark, say, show } from "../dom.js";
import { rate, span } from "../format.js";
import { isCurrent, SHAPES, WORDS } from "../freshness.js";
import { noticeWords, WAYS } from "../notice_words.js";

const parts = Object.fromEntries(
  ["link", "link-shape", "link-word", "link-age", "link-way", "pause", "pause-shape", "pause-word", "notice", "bell", "bell-count"]
    .map((id) => [id, byId(id)]),
);
const root = document.documentElement;
const latencies = [];

/** `view`: {freshness, ageS, way, isPaused, frame, everyS}. */
export function updateHeader(view) {
  const word = view.isPaused ? "paused" : view.freshness;
  mark(root, "data-freshness", view.freshness);
  mark(root, "data-paused", view.isPaused ? "yes" : null);
  mark(parts.link, "data-is", word);
  say(parts["link-shape"], SHAPES[word]);
  say(parts["link-word"], view.isPaused ? "Paused by you" : WORDS[word]);
  say(parts["link-age"], view.ageS == null ? "" : span(view.ageS));
  say(parts["link-way"], WAYS[view.way] ?? "");
  updateTitle(view);
  updateNotice(view);
  const alerts = view.frame?.alerts.filter((alert) => alert.severity !== "info").length ?? 0;
  say(parts["bell-count"], String(alerts));
  mark(parts.bell, "data-some", alerts > 0 ? "yes" : null);
}

function updateTitle({ freshness, frame, isPaused }) {
  const figure = frame?.state === "mining" ? rate(frame.hashrate_hps.s60) : frame?.state ?? "";
  const title = isCurrent(freshness) && frame
    ? `${isPaused ? "(paused) " : ""}${figure} · MinerConsole` : freshness === "never" ? "MinerConsole" : "(offline) MinerConsole";
  if (document.title !== title) document.title = title;
}

function updateNotice(view) {
  const words = noticeWords(view, root.dataset.program);
  show(parts.notice, words !== "");
  if (words) say(parts.notice, words);
}

/** Note how old figures were when they were drawn; the pill tells the 95th of 100. */
export function noteLatency(seconds) {
  latencies.push(seconds);
  if (latencies.length > 120) latencies.shift();
  if (latencies.length % 5) return;
  const sorted = [...latencies].sort((one, other) => one - other);
  const p95 = sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * 0.95))];
  mark(parts.link, "title", `Age of the newest figures by this computer's clock. 95 of 100 were drawn within ${span(p95)}.`);
}

/** Wire the buttons: `onPause(isPaused)`, `onEvery(seconds)`, `onRange(word)`. */
export function wireHeader({ onPause, onEvery, onRange }) {
  const pause = () => {
    const isPaused = parts.pause.getAttribute("aria-pressed") !== "true";
    mark(parts.pause, "aria-pressed", String(isPaused));
    say(parts["pause-shape"], isPaused ? "▶" : "❚❚");
    say(parts["pause-word"], isPaused ? "Go on" : "Pause");
    onPause(isPaused);
  };
  parts.pause.addEventListener("click", pause);
  byId("every").addEventListener("change", (event) => onEvery(Number(event.target.value)));
  for (const radio of document.querySelectorAll('input[name="range"]')) {
    radio.addEventListener("change", () => onRange(radio.value));
  }
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const isTyping = event.target.closest("input, select, textarea, button, a, summary, [role='log'], [tabindex='0']");
    if (event.key === " " && !isTyping) {
      event.preventDefault();
      pause();
    }
    if (event.key === "/" && !event.target.closest("input, select, textarea")) {
      event.preventDefault();
      byId("log-text").focus();
    }
  });
}
