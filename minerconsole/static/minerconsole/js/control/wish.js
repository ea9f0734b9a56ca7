// What a person wants of the miner, as the form holds it: compared, locked, and put into the API's words. Pure.

export const DEFAULTS = {
  kind: "offline", algorithm: "rx/0", coin: "", wallet_id: null, pool_ids: [], worker: "", cores: "", threads: null,
  intensity: 100, mode: "auto", huge_pages: "auto", priority: "low",
};
const LIVE = ["intensity", "cores"];
const LABELS = {
  kind: "Kind", algorithm: "Algorithm", coin: "Coin", wallet_id: "Wallet", pool_ids: "Pools", worker: "Name at the pool",
  cores: "Cores", threads: "Cores", intensity: "Intensity", mode: "RandomX memory", huge_pages: "Huge pages", priority: "Priority",
};
/** Keys of the configuration in words; others keep their name. */
const KEY_WORDS = {
  COIN: "Coin", ALGORITHM: "Algorithm", WALLET: "Wallet", WORKER: "Name at the pool", OFFLINE: "Offline", CORES: "Cores", THREADS: "Cores",
  INTENSITY: "Intensity", MODE: "RandomX memory", HUGE_PAGES: "Huge pages", PRIORITY: "Priority", PAYMENT_ID: "Payment id",
};
export const AT_ONCE = "takes effect at once; the other cores hash on"; // the server's words for the same cost

/** What is wished now: the plan of the console, else what the miner says it does. */
export function presentWish(current, frame) {
  if (current) return { ...DEFAULTS, ...current };
  if (!frame) return { ...DEFAULTS };
  return {
    ...DEFAULTS, kind: frame.offline ? "offline" : "pool", algorithm: frame.algorithm, coin: frame.offline ? "" : frame.coin,
    intensity: frame.intensity.commanded,
  };
}

const SHARED = ["worker", "cores", "threads", "intensity", "mode", "huge_pages", "priority"];
const pick = (wish, names) => Object.fromEntries(names.map((name) => [name, wish[name]]));

/** The fields that differ and count: of a pool nothing counts offline, and the other way round. */
export function changedFields(old, wish) {
  const ignored = wish.kind === "offline" ? ["coin", "wallet_id", "pool_ids", "worker"] : ["algorithm"];
  if (old.kind !== wish.kind) old = { ...DEFAULTS, ...pick(old, SHARED), kind: old.kind, algorithm: "" };
  return Object.keys(DEFAULTS).filter((name) => !ignored.includes(name) && JSON.stringify(old[name]) !== JSON.stringify(wish[name]));
}

/** Whether the change can be made while everything else stays: intensity and chosen cores alone. */
export function isLiveOnly(fields, wish) {
  return fields.length > 0 && fields.every((name) => LIVE.includes(name) || name === "threads") && (!fields.includes("cores") || wish.cores !== "");
}

/** Body of a plan. Keys that are pinned are left as the plan before has them: a plan cannot change them. */
export function planBody(wish, old, locked) {
  const kept = { ...wish };
  for (const name of Object.keys(DEFAULTS)) if (locked.has(name)) kept[name] = old[name];
  const body = {
    is_offline: kept.kind === "offline", cores: kept.cores, threads: kept.cores ? null : kept.threads, intensity: kept.intensity,
    mode: kept.mode, huge_pages: kept.huge_pages, priority: kept.priority, worker: kept.worker,
  };
  if (body.is_offline) return { ...body, algorithm: kept.algorithm };
  return { ...body, coin: kept.coin, wallet_id: kept.wallet_id, pool_ids: kept.pool_ids };
}

/** Changes of intensity and cores in the form the server's preview has. */
export function liveChanges(old, wish, fields) {
  return fields.filter((name) => LIVE.includes(name)).map((name) => ({
    key: name.toUpperCase(), old: String(old[name]), new: String(wish[name]), cost: AT_ONCE,
  }));
}

export function keyWords(key) {
  const pool = /^POOL_(\d)(_.*)?$/.exec(key);
  if (pool) return pool[2] ? `Pool ${pool[1]}: ${pool[2].slice(1).toLowerCase().replaceAll("_", " ")}` : `Pool ${pool[1]}`;
  return KEY_WORDS[key] ?? key;
}

const NOT_SET = { OFFLINE: "off", ALGORITHM: "from the coin", CORES: "the computer chooses", THREADS: "the computer chooses" };

/** A value of the preview as people say it; "" is not set. */
export function valueWords(key, text) {
  if (text === "") return NOT_SET[key] ?? (key === "WALLET" || key.startsWith("POOL_") ? "none" : "default");
  return key === "INTENSITY" ? `${text} %` : text;
}

export const fieldWords = (name) => LABELS[name] ?? name;

/** Fields that a pin locks. */
const LOCKS = {
  COIN: ["coin", "kind"], ALGORITHM: ["algorithm"], WALLET: ["wallet_id", "kind"], OFFLINE: ["kind", "pool_ids"], WORKER: ["worker"],
  CORES: ["cores", "threads"], THREADS: ["cores", "threads"], INTENSITY: ["intensity"], MODE: ["mode"], HUGE_PAGES: ["huge_pages"],
  PRIORITY: ["priority"],
};

/** Field → {key, source, release} for the pins of a frame (key → source). */
export function lockedFields(pins) {
  const locked = new Map();
  for (const [key, source] of Object.entries(pins)) {
    const fields = key.startsWith("POOL_") || key === "TLS_FINGERPRINT" ? ["kind", "pool_ids"] : LOCKS[key] ?? [];
    for (const field of fields) if (!locked.has(field)) locked.set(field, { key, source, release: releaseOf(key, source) });
  }
  return locked;
}

/** How to give a key back to the console. */
export function releaseOf(key, source) {
  const flag = /^command line \((--[a-z-]+)\)$/.exec(source);
  if (flag) return `leave out ${flag[1]} and start again`;
  const variable = /^environment \(([A-Z0-9_]+)\)$/.exec(source);
  if (variable) return `unset ${variable[1]} and start again`;
  const file = /^(.+):(\d+)$/.exec(source);
  if (file) return `remove ${key} from line ${file[2]} of ${file[1]} and start again`;
  return "stop and start mining again";
}

/** "a, b and c". */
export function listed(words) {
  return words.length < 2 ? words.join("") : `${words.slice(0, -1).join(", ")} and ${words.at(-1)}`;
}
