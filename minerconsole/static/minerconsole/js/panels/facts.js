// Job, link and machine in words.

import { byId, panelState, say } from "../dom.js";
import { milliseconds, NOTHING, percent, short, span, whole } from "../format.js";
import { linkWord } from "./cards.js";

const panel = byId("link-panel");
const at = Object.fromEntries(
  ["source", "link", "standby", "job", "coin", "memory", "checked", "machine", "uptime"].map((name) => [name, byId(`fact-${name}`)]),
);
const joined = (...parts) => parts.filter(Boolean).join(", ");

export function updateFacts(frame, ageS) {
  panelState(panel, "ready");
  const { session, job, memory, system, candidates } = frame;
  say(at.source, joined(session.endpoint || session.pool, session.tls ? "TLS" : ""));
  const cause = session.link === "ready" ? "" : session.last_cause; // of a loss that is over: not news
  say(at.link, frame.offline ? "none: jobs are made here" : joined(linkWord(session.link), session.rtt_ms == null ? "" : milliseconds(session.rtt_ms), cause));
  say(at.standby, session.standby || (frame.offline ? NOTHING : "none"));
  say(at.job, job ? joined(job.height == null ? "" : `height ${whole(job.height)}`, `${span(job.age_s + ageS)} old`, `difficulty ${short(session.difficulty)}`) : NOTHING);
  say(at.coin, joined(frame.coin, frame.algorithm));
  say(at.memory, memoryWords(memory));
  say(at.checked, `${whole(candidates.invalid)} wrong, ${whole(candidates.stale)} too late, ${whole(frame.shares.found)} sent`);
  say(at.machine, joined(
    system.cpu_percent == null ? "" : `CPU ${percent(system.cpu_percent, 0)}`, system.load1 == null ? "" : `load ${system.load1.toFixed(1)}`,
    system.ram_free_mb == null ? "" : `${(system.ram_free_mb / 1024).toFixed(1)} GiB free`,
  ));
  say(at.uptime, joined(span(system.uptime_s + ageS), memory.workers_restarted ? `${whole(memory.workers_restarted)} worker restarts` : ""));
}

function memoryWords(memory) {
  const mode = { none: "scratchpads only", fast: "fast (dataset)", light: "light (no dataset)" }[memory.mode] ?? memory.mode;
  const pages = memory.huge_pages;
  return joined(mode, pages.wanted ? `huge pages ${whole(pages.got)} of ${whole(pages.wanted)}` : "no huge pages asked for", pages.kind === "none" ? "" : pages.kind);
}
