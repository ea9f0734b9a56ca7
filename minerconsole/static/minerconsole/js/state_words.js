// The state of a node with its shape, and why. Pure.

const SHAPES = { mining: "✓", paused: "❚❚", idle: "◌", failed: "✕", draining: "◷", preparing: "◷" };

export function stateWords(frame) {
  const progress = frame.memory.progress;
  if (progress != null) return `◷ preparing: dataset ${Math.floor(progress * 100)} %`;
  return `${SHAPES[frame.state] ?? ""} ${frame.state}${frame.state_reason ? `: ${frame.state_reason}` : ""}`;
}

const LINKS = { ready: "✓ ready", standby: "✓ standby", down: "✕ down", connecting: "◷ connecting", login: "◷ logging in" };

/** The state of the link to the job source, with its shape. */
export function linkWords(frame) {
  return frame.offline ? "none: offline" : LINKS[frame.session.link] ?? frame.session.link;
}
