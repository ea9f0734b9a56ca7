// How a node and the fleet are told in words, each with its shape. Pure.

import { percent, rate, span, whole } from "../format.js";
import { isCurrent, SHAPES, WORDS } from "../freshness.js";
import { rejectedShare } from "./nodes.js";

const STATES = {
  mining: ["✓", "mining", "ok"], paused: ["❚❚", "paused", "info"], idle: ["◌", "idle", "quiet"], failed: ["✕", "failed", "critical"],
  draining: ["◷", "draining", "info"], preparing: ["◷", "preparing", "info"],
};
const TONES = { late: "warn", stale: "stale", offline: "critical", never: "quiet" };

/** [shape, word, tone] of a node: how it is, or, where that is not known any more, for how long not. */
export function stateOf(node) {
  if (node.member === "cloned") return ["2×", "cloned", "critical"];
  if (node.member === "left") return ["→", "left", "quiet"];
  if (isCurrent(node.presence) && node.presence === "live") return STATES[node.state] ?? ["?", node.state, "quiet"];
  const age = node.ageS == null ? "" : ` ${span(Math.floor(node.ageS))}`;
  return [SHAPES[node.presence], `${WORDS[node.presence].replace(" seen", "")}${age}`, TONES[node.presence]];
}

/** [text, tone] of its plan: the number, and whether it does what it should. */
export function planOf(node) {
  const number = node.plan ? `plan ${node.plan}` : "own settings";
  switch (node.drift) {
    case "failed": return [`✕ ${number}`, "critical"];
    case "group": return [`≠ group, ${number}`, "warn"];
    case "other": return [`≠ ${number}`, "warn"];
    case "waiting": return [`◷ ${number}`, "info"];
    default: return [node.state == null ? "" : number, "quiet"];
  }
}

const LINKS = { ready: "✓", standby: "✓", down: "✕", connecting: "◷", login: "◷" };

export function poolOf(node) {
  if (node.state == null) return "";
  return node.offline ? "offline: earns nothing" : `${LINKS[node.link] ?? ""} ${node.pool || "–"}`.trim();
}

export function rejectedOf(node) {
  return node.accepted == null ? "" : percent(100 * (rejectedShare(node) ?? 0));
}

/** One sentence about the whole fleet. */
export function conclusionOf(nodes, sums) {
  if (!nodes.length) return "This console knows no node yet";
  const count = (isSo) => nodes.filter(isSo).length;
  const bad = count((node) => node.rank >= 60), odd = count((node) => node.rank >= 35 && node.rank < 60);
  const rates = sums.algorithms.map((each) => `${rate(each.s60 ?? each.s10)} ${each.algorithm}`).join(" and ");
  const mining = sums.algorithms.reduce((sum, each) => sum + each.mining, 0);
  const works = `${whole(mining)} of ${whole(nodes.length)} ${nodes.length === 1 ? "node" : "nodes"} ${mining === 1 ? "mines" : "mine"}${mining ? `: ${rates}` : ""}`;
  const some = (number, one, many) => number ? `; ${whole(number)} ${number === 1 ? one : many}` : "";
  return `${works}${some(bad, "needs help", "need help")}${some(odd, "is odd", "are odd")}`;
}

/** Why the page's figures are not of now; "" when they are. */
export function noticeOf(way, ageS) {
  const old = ageS == null ? "" : ` What you see is ${span(ageS)} old.`;
  switch (way) {
    case "unreachable": return `The console does not answer; it is asked again.${old}`;
    case "failing": return `The console answers with errors; it is asked again.${old}`;
    case "login_ended": return `Your login has ended. Log in again, here or in another tab.${old}`;
    case "role_lost": return `You may not see this any more. Ask an administrator of this console.${old}`;
    case "other_version": return "The console was updated. Load this page again.";
    default: return ageS != null && ageS > 3 ? `The connection to the console is lost; it is opened again.${old}` : "";
  }
}
