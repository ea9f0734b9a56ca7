// The status page: asks for the newest Frame each second and shows its age. Changes text nodes only.

const ADDRESS = "/api/v1/frame";
const EVERY_MS = 1000;
const HIDDEN_EVERY_MS = 15000;
const GIVE_UP_MS = 5000;
// Seconds of age: the same limits as in views.py.
const LIVE_S = 3, LATE_S = 10, STALE_S = 60;
const WORDS = {
  live: "✓ Live", late: "◷ Late", stale: "⧖ Stale", offline: "✕ Offline", gone: "✕ Miner has ended", never: "◌ No figures yet",
};
const NOTHING = "–";
const SPACE = "\u00a0";

const byId = (id) => document.getElementById(id);
let newest = null; // {frame, ageS, perf, wall}
let isAnswering = true;
let announced = "";

function say(id, text) {
  const node = byId(id);
  if (node.textContent !== text) node.textContent = text;
}

function whole(count) {
  return count == null ? NOTHING : String(count).replace(/\B(?=(\d{3})+(?!\d))/g, SPACE);
}

function rate(hps) {
  if (hps == null) return NOTHING;
  let value = hps, unit = "H/s";
  for (const larger of ["kH/s", "MH/s", "GH/s"]) {
    if (value < 1000) break;
    value /= 1000;
    unit = larger;
  }
  return `${value.toFixed(value < 10 ? 2 : value < 100 ? 1 : 0)}${SPACE}${unit}`;
}

function span(seconds) {
  if (seconds == null) return NOTHING;
  if (seconds < 10) return `${seconds.toFixed(1)}${SPACE}s`;
  if (seconds < 120) return `${Math.floor(seconds)}${SPACE}s`;
  if (seconds < 7200) return `${Math.floor(seconds / 60)}${SPACE}min`;
  if (seconds < 172800) return `${(seconds / 3600).toFixed(1)}${SPACE}h`;
  return `${(seconds / 86400).toFixed(1)}${SPACE}days`;
}

// The larger of two clocks: the page's own stands still while a laptop sleeps, the wall clock can be set back.
function ageNow() {
  if (!newest) return null;
  const elapsed = Math.max(performance.now() - newest.perf, Date.now() - newest.wall, 0);
  return newest.ageS + elapsed / 1000;
}

function freshnessOf(age) {
  if (age == null) return "never";
  if (newest.linked === false && age > LIVE_S) return "gone";
  return age <= LIVE_S ? "live" : age <= LATE_S ? "late" : age <= STALE_S ? "stale" : "offline";
}

function noticeOf(freshness, age) {
  const program = document.documentElement.dataset.program;
  if (!isAnswering) return `This page's own program does not answer. Start it again with ${program} mine.`;
  if (freshness === "never") return "The miner has sent no figures yet.";
  if (freshness === "gone") return `The miner has ended or is being restarted. These figures are ${span(age)} old.`;
  if (freshness === "live" || freshness === "late") return "";
  return `The miner sends nothing. These figures are ${span(age)} old.`;
}

function showFreshness() {
  const age = ageNow();
  const freshness = freshnessOf(age);
  document.documentElement.dataset.freshness = freshness;
  say("link-word", isAnswering || freshness === "never" ? WORDS[freshness] : `${WORDS[freshness]}, page offline`);
  say("link-age", age == null ? "" : `${span(age)} old`);
  const isCurrent = freshness === "live" || freshness === "late";
  const title = isCurrent ? `${rate(newest.frame.hashrate_hps.s60)} · MinerConsole` : "(offline) MinerConsole";
  if (document.title !== title) document.title = title;
  const notice = byId("notice");
  notice.hidden = isCurrent && isAnswering;
  // Spoken once per change of state, not each second.
  const key = `${freshness} ${isAnswering} ${Math.floor((age ?? 0) / 30)}`;
  if (key !== announced) {
    announced = key;
    say("notice", noticeOf(freshness, age));
  }
}

function showFigures(frame) {
  say("payee", frame.payee_line);
  byId("banner").hidden = !frame.offline;
  say("banner", frame.offline ? "OFFLINE: nothing is earned" : "");
  say("rate-10", rate(frame.hashrate_hps.s10));
  say("rate-60", rate(frame.hashrate_hps.s60));
  say("rate-15", rate(frame.hashrate_hps.m15));
  say("state", frame.state);
  const progress = frame.memory.progress;
  say("state-reason", progress == null ? frame.state_reason : `dataset ${Math.floor(progress * 100)} %`);
  const shares = frame.shares;
  say("accepted", whole(shares.accepted));
  say("outcomes", `${shares.rejected} rejected, ${shares.stale} stale, ${shares.lost} lost, ${shares.in_flight} in flight`);
  say("next", frame.next_share_s ? span(frame.next_share_s.p50) : NOTHING);
  say("next-interval", frame.next_share_s ? `5–95 %: ${span(frame.next_share_s.p05)} to ${span(frame.next_share_s.p95)}` : "");
  showDetails(frame);
  showAlerts(frame.alerts);
  showCores(frame.cores);
}

function showDetails(frame) {
  const { job, session, memory, intensity } = frame;
  say("coin", `${frame.coin}, ${frame.algorithm}`);
  const height = job && job.height != null ? `height ${whole(job.height)}, ` : "";
  say("job", job ? `${height}${span(job.age_s)} old` : NOTHING);
  const cause = session.link === "ready" ? "" : session.last_cause; // of a loss that is over: not news
  const standby = session.standby ? `standby ${session.standby}` : "";
  say("session", [session.endpoint || session.pool, session.link, standby, cause].filter(Boolean).join(", "));
  say("intensity", `${intensity.commanded} %${intensity.achieved == null ? "" : `, achieved ${intensity.achieved.toFixed(1)} %`}`);
  const pages = memory.huge_pages;
  const mode = memory.mode === "none" ? "scratchpads only" : memory.mode; // no dataset, so neither fast nor light
  say("memory", `${mode}, huge pages ${pages.got} of ${pages.wanted} (${pages.kind})`);
  say("uptime", span(frame.system.uptime_s));
}

function showAlerts(alerts) {
  byId("alerts-section").hidden = alerts.length === 0;
  const rows = keepRows(byId("alerts"), alerts.length, () => document.createElement("li"));
  alerts.forEach((alert, place) => setText(rows[place], `${alert.severity}: ${alert.sentence}`));
}

function showCores(cores) {
  const rows = keepRows(byId("cores"), cores.length, () => {
    const row = document.createElement("tr");
    for (let cell = 0; cell < 5; cell += 1) row.append(document.createElement("td"));
    return row;
  });
  cores.forEach((core, place) => {
    const figures = [core.core, core.state, rate(core.hashrate_hps), whole(core.hashes), core.errors];
    figures.forEach((figure, cell) => setText(rows[place].children[cell], String(figure)));
  });
}

function setText(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

function keepRows(parent, count, make) {
  while (parent.children.length > count) parent.lastElementChild.remove();
  while (parent.children.length < count) parent.append(make());
  return parent.children;
}

async function ask() {
  const perf = performance.now(), wall = Date.now(); // taken before asking: an age is never shown too young
  try {
    const response = await fetch(ADDRESS, { cache: "no-store", signal: AbortSignal.timeout(GIVE_UP_MS) });
    isAnswering = true;
    if (!response.ok) return;
    const frame = await response.json();
    newest = { frame, ageS: frame.age_s, linked: frame.linked, perf, wall };
    showFigures(frame);
  } catch {
    isAnswering = false;
  }
}

async function loop() {
  await ask();
  showFreshness();
  setTimeout(loop, document.hidden ? HIDDEN_EVERY_MS : EVERY_MS);
}

setInterval(showFreshness, EVERY_MS);
document.addEventListener("visibilitychange", () => { if (!document.hidden) ask().then(showFreshness); });
loop();
