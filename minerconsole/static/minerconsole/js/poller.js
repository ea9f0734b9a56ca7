// Frames by asking for them, where websockets do not get through. Knows no websocket and no page.

import { columnsOf } from "./core_columns.js";

const FRAME_ADDRESS = "/api/v1/frame";
const EVERY_S = 2, GIVE_UP_MS = 3500;

/** Where the newest frame of a node is. */
export const frameAddress = (node) => node === "local" ? FRAME_ADDRESS : `${FRAME_ADDRESS}?node=${encodeURIComponent(node)}`;

/**
 * handlers: frame(message, received); way(word): polling failing unreachable login_ended role_lost, after each answer.
 * `rate()`: seconds between two frames that are wanted. `address`: where.
 */
export class Poller {
  #handlers; #rate; #address; #timer = 0; #run = 0;

  constructor(handlers, rate, address) {
    this.#handlers = handlers;
    this.#rate = rate;
    this.#address = address;
  }

  get isRunning() {
    return this.#timer !== 0;
  }

  /** Ask now, and again and again. */
  start() {
    clearTimeout(this.#timer);
    this.#timer = -1;
    this.#ask(this.#run += 1);
  }

  stop() {
    clearTimeout(this.#timer);
    this.#timer = 0;
    this.#run += 1;
  }

  async #ask(run) {
    const asked = { perf: performance.now(), wall: Date.now() }; // before asking: an age is never shown too young
    const { word, body } = await answerOf(this.#address);
    if (run !== this.#run) return;
    this.#timer = setTimeout(() => this.#ask(run), Math.max(EVERY_S, this.#rate()) * 1000);
    this.#handlers.way(word);
    if (run === this.#run && body) this.#handlers.frame(...asMessage(body, asked));
  }
}

async function answerOf(address) {
  let answer;
  try {
    const signal = AbortSignal.timeout(GIVE_UP_MS);
    answer = await fetch(address, { cache: "no-store", signal, headers: { Accept: "application/json" } });
    if (answer.status === 401) return { word: "login_ended" };
    if (answer.status === 403) return { word: "role_lost" };
    const body = await answer.json();
    if (answer.ok) return { word: "polling", body };
    return { word: body.code === "no_frame" ? "polling" : "failing" };
  } catch {
    return { word: answer ? "failing" : "unreachable" };
  }
}

function asMessage(body, asked) {
  const { age_s: ageS, linked, payee_line: payeeLine, ...frame } = body;
  if (Array.isArray(frame.cores)) frame.cores = columnsOf(frame.cores);
  return [{ type: "frame", frame, payee_line: payeeLine, age_s: ageS, linked }, { ageS, linked, ...asked }];
}
