// The REST API for pages: JSON in and out, the CSRF token of the page, refusals as one kind of error.

const GIVE_UP_MS = 20000, TOKEN = 'meta[name="csrf-token"]';

export class Refusal extends Error {
  constructor(status, body) {
    super([body.detail, body.next_step].filter(Boolean).join(". ").replace(/\.\.+/g, ".") || `The console answered with ${status}`);
    this.status = status;
    this.code = body.code ?? "";
    this.fields = body.fields ?? {};
  }
}

/** Ask the API. Raises Refusal for an answer that says no, and for a console that does not answer. */
export async function ask(path, { method = "GET", body, key = newKey() } = {}) {
  try {
    return await askOnce(path, method, body, key);
  } catch (refusal) {
    if (refusal.code !== "csrf" || !await renewToken()) throw refusal; // somebody logged in anew, in another tab
    return askOnce(path, method, body, key);
  }
}

async function askOnce(path, method, body, key) {
  const headers = { Accept: "application/json" };
  if (body !== undefined) headers["Content-Type"] = "application/json";
  if (method !== "GET") {
    headers["X-CSRFToken"] = document.querySelector(TOKEN)?.content ?? "";
    headers["Idempotency-Key"] = key;
  }
  let answer;
  try {
    const signal = AbortSignal.timeout(GIVE_UP_MS);
    answer = await fetch(`/api/v1${path}`, {
      method, headers, signal, cache: "no-store", body: body === undefined ? undefined : JSON.stringify(body),
    });
  } catch {
    throw new Refusal(0, { code: "no_answer", detail: "The page's own program does not answer. Try again in a moment." });
  }
  const told = await answer.json().catch(() => ({}));
  if (!answer.ok) throw new Refusal(answer.status, told);
  return told;
}

// The token of this page's session; of the same page, loaded again.
async function renewToken() {
  const answer = await fetch(location.pathname, { cache: "no-store", signal: AbortSignal.timeout(GIVE_UP_MS) }).catch(() => null);
  if (!answer?.ok || answer.redirected) return false;
  const found = new DOMParser().parseFromString(await answer.text().catch(() => ""), "text/html").querySelector(TOKEN);
  if (found) document.querySelector(TOKEN)?.setAttribute("content", found.content);
  return Boolean(found);
}

/** A key that makes a repeated call one call. */
export function newKey() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}
