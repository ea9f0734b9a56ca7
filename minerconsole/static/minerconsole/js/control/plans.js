// The plans of the node: the newest few, each with its state, and the way back to an earlier one.

import { ask } from "../api.js";
import { byId, make, panelState } from "../dom.js";
import { moment } from "../format.js";

const SHAPES = { verified: "✓", failed: "✕", rolled_back: "↶", superseded: "·", queued: "○", delivered: "◷", applied: "◷" };
const WORDS = { rolled_back: "rolled back", verified: "verified hashing", superseded: "superseded", queued: "waits", delivered: "handed over" };
const panel = byId("plans-panel"), list = byId("plans");
const { node, role } = byId("main").dataset;
let asked = 0;

/** Load the newest plans. `onBack(plan)` is called with the one that somebody wants to go back to. */
export async function loadPlans(onBack) {
  const ticket = asked += 1;
  try {
    const { plans } = await ask(`/nodes/${node}/plans?limit=5`);
    if (ticket !== asked) return; // an answer that was overtaken is older than what stands there
    list.replaceChildren(...plans.map((plan, place) => row(plan, place, onBack)));
    panelState(panel, plans.length ? "ready" : "empty", "None yet: the miner follows its own settings. What you apply here becomes plan 1.");
  } catch (error) {
    if (ticket === asked) panelState(panel, "error", `The plans cannot be read: ${error.message}`);
  }
}

function row(plan, place, onBack) {
  const item = make("li");
  item.dataset.state = plan.state;
  const head = make("p", "plan-head");
  head.append(make("b", "", `Plan ${plan.version}`), make("span", "plan-state", `${SHAPES[plan.state] ?? ""} ${WORDS[plan.state] ?? plan.state}`));
  const who = [plan.created_by, moment(Date.parse(plan.state_at) / 1000), plan.reason].filter(Boolean).join(", ");
  item.append(head, make("p", "help", who));
  if (plan.state_reason) item.append(make("p", "help", plan.state_reason));
  if (place > 0 && role !== "viewer") {
    const back = make("button", "text-button", `Go back to plan ${plan.version}`);
    back.type = "button";
    back.addEventListener("click", () => onBack(plan));
    item.append(back);
  }
  return item;
}
