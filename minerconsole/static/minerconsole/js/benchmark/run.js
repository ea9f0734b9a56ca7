// The benchmark that runs, as far as it told, and the newest that is over. The bar shows only what the API said.

import { byId, mark, panelState, say, sayId, show } from "../dom.js";
import { clock, milliseconds, moment, NOTHING, percent, rateParts, span, whole } from "../format.js";
import { checkWords, comparedWords, modeOf, rateOf, whatWords } from "./words.js";

const PHASES = ["starting", "dataset", "hashing"];
const WORDS = {
  starting: "Starting its process and checking what hashes", dataset: "Building the dataset", hashing: "Hashing", ending: "Ending",
};
const panel = byId("run-panel"), bar = byId("run-progress");
let hashing = null; // {at, share} when hashing was seen first: what is left is told from there on
let heard = { run: null, at: 0 }; // the newest answer, and when it came by the page's own clock

/** Show one benchmark. `canAct`: it may be cancelled. */
export function showRun(run, runs, canAct) {
  show(byId("run-now"), run?.state === "running");
  show(byId("run-result"), run != null && run.state !== "running");
  if (!run) {
    sayId("run-title", "Result");
    sayId("run-tag", "");
    return panelState(panel, "empty", "Nothing was measured here yet. A benchmark says how fast this computer hashes, and its check value proves that the hashes are right.");
  }
  panelState(panel, "ready");
  return run.state === "running" ? showRunning(run, canAct) : showResult(run, runs);
}

function showRunning(run, canAct) {
  const { phase, share } = run.progress ?? { phase: "starting", share: 0 };
  const isKnown = phase === "dataset" || phase === "hashing";
  sayId("run-title", "Running now");
  sayId("run-tag", `by ${run.started_by}`);
  sayId("run-what", whatWords(run));
  showPhases(run, phase);
  if (isKnown) bar.value = share; else bar.removeAttribute("value");
  sayId("run-percent", isKnown ? percent(100 * share, 0) : NOTHING);
  sayId("run-phase", run.progress ? (phase === "dataset" && run.mode === "light" ? "Building the cache" : WORDS[phase]) : "It runs; how far it is, is not known");
  sayId("run-count", phase === "hashing" ? `${whole(Math.floor(share * run.hashes))} of ${whole(run.hashes)} hashes` : "");
  sayId("run-elapsed", elapsedWords(run));
  sayId("run-left", leftWords(phase, share));
  show(byId("cancel"), canAct);
  byId("cancel").disabled = phase === "ending";
  say(byId("cancel"), phase === "ending" ? "Ending" : "Cancel");
}

function elapsedWords(run) {
  const now = performance.now();
  if (heard.run !== run) heard = { run, at: now };
  return run.progress ? span(run.progress.elapsed_s + (now - heard.at) / 1000) : NOTHING;
}

function showPhases(run, phase) {
  const place = PHASES.indexOf(phase);
  for (const [number, step] of [...byId("run-phases").children].entries()) {
    if (step.dataset.phase === "dataset") {
      show(step, run.algorithm.startsWith("rx/"));
      say(step, run.mode === "light" ? "Cache" : "Dataset");
    }
    mark(step, "data-is", place < 0 ? null : number < place ? "done" : number === place ? "now" : null);
  }
}

// Only from two of its own words apart in time, so never at the beginning.
function leftWords(phase, share) {
  if (phase !== "hashing") {
    hashing = null;
    return "";
  }
  const now = performance.now();
  if (!hashing || share < hashing.share) hashing = { at: now, share };
  const done = share - hashing.share, seconds = (now - hashing.at) / 1000;
  return done > 0.02 && seconds > 1 ? `about ${span((1 - share) / done * seconds)} left` : "";
}

function showResult(run, runs) {
  const { result } = run, [number, unit] = rateParts(rateOf(run));
  hashing = null;
  sayId("run-title", "Newest result");
  sayId("run-tag", "");
  sayId("result-what", whatWords(run));
  sayId("result-rate", rateOf(run) == null ? run.state : number);
  sayId("result-unit", unit);
  const { is } = checkWords(run), line = byId("result-check");
  mark(line, "data-ok", run.state === "failed" ? "no" : is);
  say(line, rateOf(run) == null ? sentenceOf(run) : {
    yes: "✓ The check value is right: every hash was.", no: "✕ The check value is WRONG: this build or computer computes wrong hashes. Do not mine with it.",
    unknown: "For this number of hashes no check value is known.",
  }[is]);
  sayId("result-compared", comparedWords(run, runs));
  sayId("result-took", result.seconds == null ? NOTHING : `${result.seconds < 1 ? milliseconds(1000 * result.seconds) : span(result.seconds)} for ${whole(result.hashes)} hashes on ${result.threads} ${result.threads === 1 ? "core" : "cores"}`);
  sayId("result-dataset", result.dataset_seconds == null ? "none" : `${modeOf(run)} mode, ${span(result.dataset_seconds)} to build`);
  sayId("result-pages", result.huge_pages ?? NOTHING);
  sayId("result-library", result.library ?? NOTHING);
  sayId("result-value", result.check ? `${result.check}${result.expected && result.expected !== result.check ? `, expected ${result.expected}` : ""}` : NOTHING);
  const at = Date.parse(run.started_at) / 1000;
  sayId("result-when", `${moment(at).split(" ")[0]} ${clock(at)}, ${run.started_by || NOTHING}`);
}

function sentenceOf(run) {
  const words = run.sentence || "it left no reason";
  return `${run.state === "failed" ? "✕ " : ""}${words[0].toUpperCase()}${words.slice(1).replace(/\.$/, "")}.`;
}
