// Which figures a row gets from a Frame: by its kind.

import { nodeFigures } from "./node_figures.js";
import { idlePoolFigures, poolFigures, poolPlace } from "./pool_figures.js";
import { tell, tellAge } from "./rows.js";
import { overFigures, sessionFigures, sessionPlace } from "./session_figures.js";

/** Draw a row. `shown`: {frame, received, ageS} or null while there is no Frame. */
export function drawRow(row, shown, perf, wall) {
  const isNow = shown ? kinds[row.kind](row, shown) : row.kind === "node";
  tellAge(row, isNow, perf, wall);
}

const kinds = { node: drawNode, pool: drawPool, session: drawSession };

function take(row, figures, received) {
  row.seen = received;
  row.wasLive = true;
  tell(row, figures);
  return true;
}

function drawNode(row, { frame, received, ageS }) {
  if (row.facts.ulid !== frame.node_id) return true;
  return take(row, nodeFigures(frame, ageS), received);
}

function drawPool(row, { frame, received, ageS }) {
  const place = poolPlace(frame, row.facts);
  if (place === "current") return take(row, poolFigures(frame, ageS), received);
  tell(row, idlePoolFigures(place));
  return false;
}

function drawSession(row, { frame, received, ageS }) {
  const place = sessionPlace(frame, row.facts);
  if (place === "open") return take(row, sessionFigures(frame, ageS, row.facts), received);
  if (place === "over") tell(row, overFigures());
  return false;
}
