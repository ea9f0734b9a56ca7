// What the live stream's messages mean: a state machine without sockets, clocks or pages. Pure.
// (state, message) -> {state, effects}; effects are words that stream.js carries out.

// Somebody who looks sees the console come back within 5 s: so a try that hangs is given up after 3.5 s, and the wait
// before the next one does not grow beyond 2 s. Who does not look, or is served by polling, can wait.
export const FIRST_WAIT_S = 0.5, WAIT_FACTOR = 1.7, MOST_WAIT_S = 2, MOST_IDLE_WAIT_S = 15;
export const HANGING_S = 3.5, POLL_AFTER_FAILURES = 3, ASK_AGAIN_S = 3, PROTOCOL = 3;

export const LOGIN_ENDED = 4401, ROLE_LOST = 4403, UNKNOWN_NODE = 4404;
const REFUSALS = { [LOGIN_ENDED]: "login_ended", [ROLE_LOST]: "role_lost", [UNKNOWN_NODE]: "unknown_node" };

export function initialState() {
  return { phase: "connecting", epoch: null, seq: null, failures: 0, everOpen: false, skipped: 0, role: null };
}

/** Seconds before the next try: full jitter on a growing limit. `random` is in [0, 1). */
export function waitBefore(failures, random, mostS = MOST_WAIT_S) {
  return random * Math.min(mostS, FIRST_WAIT_S * WAIT_FACTOR ** Math.max(0, failures - 1));
}

/**
 * Seconds of silence after which a connection counts as cut. With a frame each `rateS` = 1 s something is heard each
 * second, and each 2.5 s while the miner says nothing; with fewer frames there are the pings, each 5 s.
 */
export function silentS(phase, rateS) {
  return phase !== "open" ? HANGING_S : rateS === 1 ? 4 : 12;
}

/** A message of the server. */
export function onMessage(state, message) {
  switch (message.type) {
    case "hello": return onHello(state, message);
    case "snapshot": return onSnapshot(state, message);
    case "frame": return onFrame(state, message);
    case "event": return { state, effects: [["event", message.event]] };
    case "events_skipped": return { state, effects: [["skipped", message.count]] };
    case "link": return { state, effects: [["link", message]] };
    case "ping": return { state, effects: [["send", { type: "pong", at: message.at }]] };
    case "bye": return { state: { ...state, phase: "restarting" }, effects: [["bye", message.retry_in_s ?? 1]] };
    default: return { state, effects: [] }; // of a newer server: not for us
  }
}

function onHello(state, message) {
  if (message.protocol !== PROTOCOL) {
    return { state: { ...state, phase: "other_version" }, effects: [["reload"]] };
  }
  const isAgain = state.everOpen;
  const next = { ...state, phase: "open", epoch: message.epoch, seq: null, failures: 0, everOpen: true, role: message.role };
  return { state: next, effects: [["hello", message], ...(isAgain ? [["refill"]] : [])] };
}

function onSnapshot(state, message) {
  return { state: { ...state, seq: message.seq ?? null }, effects: [["snapshot", message]] };
}

function onFrame(state, message) {
  const last = state.seq;
  if (last == null) return { state, effects: [["send", { type: "resync" }]] }; // no snapshot yet: nothing to add to
  if (message.seq <= last) return { state, effects: [] };
  const missed = message.seq - last - 1;
  const next = { ...state, seq: message.seq, skipped: state.skipped + missed };
  // Frames are absolute, so one that was left out is harmless to the figures; what events came with it may be lost.
  const effects = [["frame", message], ...(missed > 0 ? [["send", { type: "resync" }]] : [])];
  return { state: next, effects };
}

/** The socket closed, or could not be opened (`code` 0). */
export function onClose(state, code) {
  const refused = REFUSALS[code];
  if (refused) return { state: { ...state, phase: refused, seq: null, failures: 0 }, effects: [["refused", refused]] };
  const wasOpen = state.phase === "open" || state.phase === "restarting";
  const failures = wasOpen ? 1 : state.failures + 1;
  const next = { ...state, phase: "connecting", seq: null, failures };
  const effects = [["retry", failures]];
  if (failures >= POLL_AFTER_FAILURES) effects.push(["poll"]);
  return { state: next, effects };
}
