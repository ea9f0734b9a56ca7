// The receipt of a plan, live until it hashes, verified, or until there is a reason why not.

import { ask } from "../api.js";
import { byId, mark, say, show } from "../dom.js";
import { rate } from "../format.js";

const ORDER = ["queued", "delivered", "applied", "verified"];
const ENDS = ["verified", "failed", "rolled_back", "superseded"];
const EVERY_MS = 1000;
const sheet = byId("receipt-sheet"), steps = [...byId("receipt-steps").children], sentence = byId("receipt-sentence");
const { node, program } = { node: byId("main").dataset.node, program: document.documentElement.dataset.program };
let watched = 0, newestRate = null;

/** The rate that is shown once the plan is verified. */
export function tellRate(hps) {
  newestRate = hps;
}

/** Open the receipt of a plan and follow it; `onEnd(plan)` when it is over. */
export function follow(plan, onEnd) {
  const ticket = watched += 1;
  say(byId("receipt-title"), `Plan ${plan.version}`);
  draw(plan);
  if (!sheet.open) sheet.showModal();
  const again = async () => {
    if (ticket !== watched) return;
    let newest = plan;
    try {
      newest = await ask(`/nodes/${node}/plans/${plan.version}`);
      draw(newest);
    } catch (error) {
      say(sentence, error.message);
    }
    if (ENDS.includes(newest.state)) {
      onEnd(newest);
      if (newest.state !== "verified" || newestRate != null) return;
    }
    setTimeout(again, EVERY_MS);
  };
  setTimeout(again, EVERY_MS / 2);
}

function draw(plan) {
  const told = [plan.state, ...plan.receipts.map((receipt) => receipt.state)];
  const furthest = Math.max(0, ...told.map((state) => ORDER.indexOf(state)));
  const isOver = ENDS.includes(plan.state);
  steps.forEach((step, place) => {
    const next = place === furthest + 1;
    mark(step, "data-is", place <= furthest ? "done" : next && isOver ? "failed" : next ? "now" : "later");
  });
  say(sentence, words(plan));
  mark(sentence, "class", plan.state === "verified" ? "good" : isOver ? "bad" : "");
  say(byId("receipt-rate"), plan.state === "verified" && newestRate != null ? rate(newestRate) : "");
}

function words(plan) {
  const reason = plan.state_reason.replace(/\.$/, "");
  switch (plan.state) {
    case "verified": return "It hashes, and what it finds is checked.";
    case "failed": return `It did not work: ${reason || "no reason was told"}.`;
    case "rolled_back": return `It did not work, and the miner went back to what it did before: ${reason || "no reason was told"}.`;
    case "superseded": return "Another plan took its place.";
    case "queued": return reason ? `${reason[0].toUpperCase()}${reason.slice(1)}. Start it with ${program} mine.` : "It is handed over.";
    default: return "The miner is preparing. Building its memory takes up to some minutes.";
  }
}

byId("receipt-close").addEventListener("click", () => sheet.close());
// The button that opened it is off by now, as nothing is changed any more: stay beside it.
sheet.addEventListener("close", () => {
  const at = document.activeElement;
  if (at === document.body || at.disabled || sheet.contains(at)) byId("apply-words").focus();
});
show(byId("receipt-back"), false);
