// What the live stream's messages mean: a state machine without sockets, clocks or pages. Pure.
// (state, message) -> {state, effects}; effects are words that stream.js carries out.

export const FIRST_WAIT_S = 0.5, WAIT_FACTOR = 1.7, MOST_WAIT_S = 15;
export const SILENT_S = 12, POLL_AFTER_FAILURES = 3, PROTOCOL = 1;

export const LOGIN_ENDED = 4401, ROLE_LOST = 4403, UNKNOWN_NODE = 4404;
const FINAL = { [LOGIN_ENDED]: "login_ended", [ROLE_LOST]: "role_lost", [UNKNOWN_NODE]: "unknown_node" };

export function initialState() {
  return { phase: "connecting", epoch: null, seq: null, failures: 0, everOpen: false, skipped: 0, role: null };
}

/** Seconds before the next try: full jitter on a growing limit. `random` is in [0, 1). */
export function waitBefore(failures, random) {
  return random * Math.min(MOST_WAIT_S, FIRST_WAIT_S * WAIT_FACTOR ** Math.max(0, failures - 1));
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
  const final = FINAL[code];
  if (final) return { state: { ...state, phase: final, seq: null }, effects: [["ended", final]] };
  const wasOpen = state.phase === "open" || state.phase === "restarting";
  const failures = wasOpen ? 1 : state.failures + 1;
  const next = { ...state, phase: "connecting", seq: null, failures };
  const effects = [["retry", failures]];
  if (failures >= POLL_AFTER_FAILURES) effects.push(["poll"]);
  return { state: next, effects };
}
