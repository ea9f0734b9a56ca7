// What the doctor found, in words: its order, its counts, and what an effect says of where its figure is from. Pure.

/** Worst first. `of`: how a count is worded. */
export const STATES = [
  { state: "bad", shape: "✕", word: "Bad", of: "limit much" },
  { state: "warn", shape: "!", word: "Limits", of: "limit" },
  { state: "info", shape: "i", word: "Note", of: "to know" },
  { state: "unknown", shape: "?", word: "Unknown", of: "not found out" },
  { state: "ok", shape: "✓", word: "Fine", of: "fine" },
];
const RANK = new Map(STATES.map(({ state }, place) => [state, place]));

export const stateOf = (finding) => STATES[RANK.get(finding.state) ?? RANK.get("unknown")];

/** Worst first; among the alike, what has a command to mend it first, else the doctor's own order. */
export function worstFirst(findings) {
  const rank = (finding) => (RANK.get(finding.state) ?? RANK.get("unknown")) * 2 + (finding.command ? 0 : 1);
  return [...findings].sort((one, other) => rank(one) - rank(other));
}

export function counts(findings) {
  return STATES.map((row) => ({ ...row, count: findings.filter((finding) => stateOf(finding) === row).length }));
}

export function conclusion(findings) {
  const limiting = findings.filter((finding) => finding.state === "bad" || finding.state === "warn").map((finding) => finding.title);
  if (!limiting.length) return "Nothing that was checked limits the hash rate.";
  return `${limiting.length} ${limiting.length === 1 ? "thing limits" : "things limit"} the hash rate: ${limiting.join(", ")}.`;
}

/** Parts of an effect, each {text, kind, source}: kind is measured, reported, estimated, computed or "" (no figure). */
export function effectParts(effect) {
  return effect.split(/;\s|(?<=\)),\s/).filter(Boolean).map((part) => {
    const found = /^(.*?)\s*\(([^()]*)\)$/.exec(part);
    const text = found ? found[1] : part, source = found ? found[2] : "";
    return { text: text[0].toUpperCase() + text.slice(1), source, kind: kindOf(text, source) };
  });
}

function kindOf(text, source) {
  if (/estimate/.test(source)) return "estimated";
  if (/measured/.test(source)) return "measured";
  if (source) return "reported";
  return /\d/.test(text) ? "computed" : "";
}

export const KIND_HELP = {
  measured: "measured by us", reported: "told by others, not measured here", estimated: "an estimate, not measured", computed: "worked out from this computer's figures",
};
