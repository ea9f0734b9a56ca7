// The REST API for pages: JSON in and out, the CSRF token of the page, refusals as one kind of error.

const GIVE_UP_MS = 20000;

export class Refusal extends Error {
  constructor(status, body) {
    super([body.detail, body.next_step].filter(Boolean).join(". ").replace(/\.\.+/g, ".") || `The console answered with ${status}`);
    this.status = status;
    this.code = body.code ?? "";
    this.fields = body.fields ?? {};
  }
}

/** Ask the API. Raises Refusal for an answer that says no, and for a console that does not answer. */
export async function ask(path, { method = "GET", body, key } = {}) {
  const headers = { Accept: "application/json" };
  if (body !== undefined) headers["Content-Type"] = "application/json";
  if (method !== "GET") {
    headers["X-CSRFToken"] = document.querySelector('meta[name="csrf-token"]')?.content ?? "";
    headers["Idempotency-Key"] = key ?? newKey();
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

/** A key that makes a repeated call one call. */
export function newKey() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}
