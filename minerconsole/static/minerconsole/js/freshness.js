// How old figures are, by the receiver's clocks only, and what that is called. Pure: times are arguments.

export const LIVE_S = 3, LATE_S = 10, STALE_S = 60; // the same limits as in mining/fleet/presence.py

/** One of: never live late stale offline gone (the miner has ended). */
export function freshnessOf(ageS, isLinked = true) {
  if (ageS == null) return "never";
  if (!isLinked && ageS > LIVE_S) return "gone";
  return ageS <= LIVE_S ? "live" : ageS <= LATE_S ? "late" : ageS <= STALE_S ? "stale" : "offline";
}

export const WORDS = {
  live: "Live", late: "Late", stale: "Stale", offline: "Offline", gone: "Miner away", never: "Never seen", paused: "Paused",
};
// Shapes that fonts of plain Linux systems have.
export const SHAPES = { live: "●", late: "◷", stale: "◔", offline: "✕", gone: "✕", never: "◌", paused: "❚❚" };

export const isCurrent = (freshness) => freshness === "live" || freshness === "late";

/**
 * Age of what was received: the larger of two clocks. The page's own stands still while a laptop sleeps; the wall clock
 * can be set back.
 */
export function ageOf(received, perfNow, wallNow) {
  if (!received) return null;
  const elapsed = Math.max(perfNow - received.perf, wallNow - received.wall, 0);
  return received.ageS + elapsed / 1000;
}
