// The bar over the figures: how old they are and by which way they come, the pause button, and what ended.

import { byId, mark, say, show } from "../dom.js";
import { span } from "../format.js";
import { SHAPES, WORDS } from "../freshness.js";
import { WAYS } from "../notice_words.js";

const ENDS = {
  login_ended: ["Your login has ended: the figures stand still.", "Log in again"],
  role_lost: ["You have no role here any more: the figures stand still.", "Load the page again"],
  unknown_node: ["This computer has another identity now.", "Load the page again"],
  other_version: ["This page is older than the console.", "Load the page again"],
};
const NEW_SESSION = ["A new session began.", "Show it"];

const names = ["bar", "shape", "word", "pill-age", "way", "pause", "pause-shape", "pause-word", "note", "note-text", "note-link"];

/** The bar's parts, or null on a page without figures. */
export function findBar() {
  if (!byId("live-bar")) return null;
  return Object.fromEntries(names.map((name) => [name, byId(`live-${name}`)]));
}

/** `view`: {freshness, ageS, way, isPaused, isListOld, seq}. */
export function drawBar(bar, view) {
  const word = view.isPaused ? "paused" : view.freshness;
  mark(bar.bar, "data-is", word);
  mark(bar.bar, "data-frame", view.seq);
  say(bar.shape, SHAPES[word]);
  say(bar.word, view.isPaused ? "Paused by you" : WORDS[word]);
  say(bar["pill-age"], view.ageS == null ? "" : span(view.ageS));
  say(bar.way, view.way in ENDS ? "" : WAYS[view.way] ?? ""); // the note says more of an end
  drawNote(bar, ENDS[view.way] ?? (view.isListOld ? NEW_SESSION : null), view.way);
}

function drawNote(bar, words, way) {
  show(bar.note, words !== null);
  if (!words) return;
  const here = location.pathname + location.search;
  say(bar["note-text"], words[0]);
  say(bar["note-link"], words[1]);
  mark(bar["note-link"], "href", way === "login_ended" ? `/login?next=${encodeURIComponent(here)}` : here);
}

/** Call `onPause(isPaused)` at each press. */
export function wirePause(bar, onPause) {
  bar.pause.addEventListener("click", () => {
    const isPaused = bar.pause.getAttribute("aria-pressed") !== "true";
    mark(bar.pause, "aria-pressed", String(isPaused));
    say(bar["pause-shape"], isPaused ? "▶" : "❚❚");
    say(bar["pause-word"], isPaused ? "Go on" : "Pause figures");
    onPause(isPaused);
  });
}
