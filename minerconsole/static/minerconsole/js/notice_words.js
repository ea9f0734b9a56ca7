// What a page says when its figures are not of now. Pure.

import { span } from "./format.js";

/** The way by which figures come, as the pill says it. */
export const WAYS = {
  connecting: "connecting", live: "", polling: "polling", restarting: "page restarts", login_ended: "login ended",
  role_lost: "no role any more", unknown_node: "unknown node", other_version: "page is older than the console", unreachable: "page offline", failing: "page fails",
};

/** Why the figures are not of now, and what to do; "" when they are. `program`: the command that starts the miner. */
export function noticeWords({ freshness, ageS, way, isPaused = false }, program) {
  const old = ageS == null ? "" : ` What you see is ${span(ageS)} old.`;
  if (way === "unreachable") return `This page's own program does not answer. Start it again with ${program} mine.${old}`;
  if (way === "failing") return `This page's own program answers with errors; it is asked again.${old}`;
  if (way === "login_ended") return `Your login has ended. Log in again, here or in another tab.${old}`;
  if (way === "role_lost") return `You may not see this any more. Ask an administrator of this console.${old}`;
  if (way === "other_version") return "The console was updated. Load this page again.";
  if (way === "unknown_node") return "This console does not know that node any more. Load this page again.";
  if (isPaused || (way === "connecting" && freshness === "never")) return "";
  const isLost = way === "connecting" || way === "restarting";
  if (isLost && freshness !== "live" && freshness !== "never") return `The connection to this page's own program is lost; it is opened again.${old}`;
  if (freshness === "never") return `The miner has sent no figures yet. It sends one a second while it runs: ${program} mine.`;
  if (freshness === "gone") return `The miner has ended or is being restarted.${old}`;
  return freshness === "live" || freshness === "late" ? "" : `The miner sends nothing.${old}`;
}
