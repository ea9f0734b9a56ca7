// Before anything changes: what it is, what it costs, and the one button that does it.

import { ask, newKey, Refusal } from "../api.js";
import { byId, make, say, show } from "../dom.js";
import { NOTHING } from "../format.js";
import { isLiveOnly, keyWords, liveChanges, planBody, valueWords } from "./wish.js";
import { showErrors } from "./form.js";

const SAVED = "minerconsole-wish";
const sheet = byId("review-sheet"), rows = byId("review-rows"), costs = byId("review-costs"), trouble = byId("review-error");
const applyButton = byId("review-apply"), confirmLink = byId("review-confirm");
const { node } = byId("main").dataset;
let applyNow = async () => {};

/** Show the changes of `wish` against `old`; `onApplied(plan, wish)` after somebody said yes. */
export async function review({ old, wish, fields, locked }, onApplied) {
  const isLive = isLiveOnly(fields, wish);
  const body = planBody(wish, old, locked);
  let preview;
  try {
    preview = isLive ? { changes: liveChanges(old, wish, fields), is_payee_change: false } : await ask(`/nodes/${node}/plans/preview`, { method: "POST", body });
  } catch (error) {
    return tellAtFields(error);
  }
  showErrors({});
  draw(preview);
  const keys = [newKey(), newKey()]; // a second press of the button is the same call
  applyNow = async () => {
    const plan = isLive ? await applyLive(wish, fields, keys) : await ask(`/nodes/${node}/plans`, { method: "POST", body, key: keys[0] });
    sheet.close();
    onApplied(plan, wish);
  };
  remember(wish);
  sheet.showModal();
  return true;
}

// Each makes a plan of its own; the last one holds both.
async function applyLive(wish, fields, keys) {
  let plan = null;
  if (fields.includes("cores")) plan = await ask(`/nodes/${node}/cores`, { method: "PUT", body: { value: wish.cores }, key: keys[0] });
  if (fields.includes("intensity")) plan = await ask(`/nodes/${node}/intensity`, { method: "PUT", body: { value: wish.intensity }, key: keys[1] });
  return plan;
}

function draw({ changes, is_payee_change: isPayeeChange }) {
  rows.replaceChildren(...changes.map((change) => {
    const row = make("tr"), head = make("th", "", keyWords(change.key));
    head.scope = "row";
    row.append(head, make("td", "", valueWords(change.key, change.old)), make("td", "new", valueWords(change.key, change.new)));
    return row;
  }));
  const told = [...new Set(changes.map((change) => change.cost))].map((cost) => {
    const of = changes.filter((change) => change.cost === cost).map((change) => keyWords(change.key));
    return `${[...new Set(of)].join(", ")}: ${cost}.`;
  });
  if (isPayeeChange) told.unshift("This changes who is paid. It needs an administrator and a fresh password, and is told on every page for 24 hours.");
  if (!changes.length) told.push("The miner would do the same as now.");
  costs.replaceChildren(...told.map((text) => make("li", "", text)));
  show(trouble, false);
  show(confirmLink, false);
  applyButton.disabled = changes.length === 0;
}

function tellAtFields(error) {
  const rest = error instanceof Refusal ? showErrors(error.fields) : [];
  const isBesideFields = error instanceof Refusal && Object.keys(error.fields).length > 0 && rest.length === 0;
  return isBesideFields ? "Look at the marked fields." : rest.join(" ") || error.message || NOTHING;
}

function remember(wish) {
  try {
    sessionStorage.setItem(SAVED, JSON.stringify(wish));
  } catch { /* then the form is filled in again by hand */ }
}

/** What was being changed before "confirm that it is you"; null when nothing was. */
export function remembered() {
  try {
    const saved = sessionStorage.getItem(SAVED);
    sessionStorage.removeItem(SAVED);
    return saved ? JSON.parse(saved) : null;
  } catch {
    return null;
  }
}

applyButton.addEventListener("click", async () => {
  applyButton.disabled = true;
  show(trouble, false);
  try {
    await applyNow();
  } catch (error) {
    say(trouble, error.message);
    show(trouble, true);
    show(confirmLink, error.code === "confirm");
  }
  applyButton.disabled = false;
});
byId("review-cancel").addEventListener("click", () => sheet.close());
sheet.addEventListener("close", () => { if (!confirmLink.matches(":active, :focus")) sessionStorage.removeItem(SAVED); });
