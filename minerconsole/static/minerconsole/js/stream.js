// The live stream: one websocket, watched, opened again when it breaks; polling where websockets do not get through.
// What messages mean is in stream_state.js. Knows no page: whoever uses it gives handlers.

import { initialState, onClose, onMessage, SILENT_S, waitBefore } from "./stream_state.js";

const FRAME_ADDRESS = "/api/v1/frame";
const POLL_S = 5, POLL_GIVE_UP_MS = 5000, HIDDEN_RATE_S = 15, RESYNC_EVERY_MS = 10000, CLOCK_JUMP_MS = 5000;

/**
 * handlers (all optional): frame(message, received), snapshot(message, received), event(event), skipped(count),
 * link(message), refill() after a reconnect, mode(word): connecting live polling restarting login_ended role_lost
 * unknown_node other_version unreachable. `received` = {ageS, linked, perf, wall}: see freshness.js.
 */
export class Stream {
  #handlers; #address; #socket = null; #state = initialState(); #heardAt = 0; #retryTimer = 0; #pollTimer = 0;
  #isPolling = false; #rateS = 1; #resyncAt = -Infinity; #wallLead = Date.now() - performance.now(); #isOver = false;

  constructor(handlers, { node = "local" } = {}) {
    this.#handlers = handlers;
    const scheme = location.protocol === "https:" ? "wss:" : "ws:";
    this.#address = `${scheme}//${location.host}/ws/v1/live?node=${encodeURIComponent(node)}`;
  }

  start() {
    this.#open();
    setInterval(() => this.#watch(), 1000);
    document.addEventListener("visibilitychange", () => this.#visibilityChanged());
    addEventListener("online", () => this.#reopen());
    addEventListener("pageshow", (event) => { if (event.persisted) this.#reopen(); });
  }

  /** Seconds between two frames: 1, 5 or 15. */
  setRate(everyS) {
    this.#rateS = everyS;
    this.#sendRate();
  }

  resync() {
    this.#send({ type: "resync" });
  }

  #call(name, ...values) {
    this.#handlers[name]?.(...values);
  }

  #open() {
    clearTimeout(this.#retryTimer);
    this.#call("mode", this.#isPolling ? "polling" : "connecting");
    let socket;
    try {
      socket = new WebSocket(this.#address);
    } catch {
      return this.#closed(0);
    }
    this.#socket = socket;
    this.#heardAt = performance.now();
    socket.addEventListener("message", (event) => { if (socket === this.#socket) this.#heard(event.data); });
    socket.addEventListener("close", (event) => { if (socket === this.#socket) this.#closed(event.code); });
  }

  #heard(text) {
    this.#heardAt = performance.now();
    let message;
    try {
      message = JSON.parse(text);
    } catch {
      return;
    }
    const { state, effects } = onMessage(this.#state, message);
    this.#state = state;
    for (const [name, value] of effects) this.#carryOut(name, value);
  }

  #closed(code) {
    this.#socket = null;
    const { state, effects } = onClose(this.#state, code);
    this.#state = state;
    for (const [name, value] of effects) this.#carryOut(name, value);
  }

  #carryOut(name, value) {
    switch (name) {
      case "send": return value.type === "resync" ? this.#askAgain() : this.#send(value);
      case "hello": return this.#greeted(value);
      case "snapshot": case "frame": return this.#call(name, value, receivedNow(value));
      case "retry": return this.#retryIn(waitBefore(value, Math.random()));
      case "poll": return this.#startPolling();
      case "bye": return this.#call("mode", "restarting");
      case "ended": return this.#end(value);
      case "reload": return this.#end("other_version");
      default: return this.#call(name, value);
    }
  }

  #greeted(message) {
    this.#stopPolling();
    this.#call("mode", "live");
    this.#call("hello", message);
    this.#sendRate();
  }

  // A slow page skips frames all the time: what it may have missed is asked for now and then, not each second.
  #askAgain() {
    if (this.#rateNow() > 1 || performance.now() - this.#resyncAt < RESYNC_EVERY_MS) return;
    this.#resyncAt = performance.now();
    this.#send({ type: "resync" });
  }

  #send(message) {
    if (this.#socket?.readyState === WebSocket.OPEN) this.#socket.send(JSON.stringify(message));
  }

  #rateNow() {
    return document.hidden ? HIDDEN_RATE_S : this.#rateS;
  }

  #sendRate() {
    if (this.#rateNow() !== 1 || this.#wasSlow) this.#send({ type: "rate", every_s: this.#rateNow() });
    this.#wasSlow = this.#rateNow() !== 1;
  }

  #wasSlow = false;

  #visibilityChanged() {
    this.#sendRate();
    if (document.hidden) return;
    if (this.#socket?.readyState === WebSocket.OPEN) this.resync();
    else this.#reopen();
    if (this.#isPolling) this.#poll();
  }

  #reopen() {
    if (this.#isOver || this.#socket) return;
    this.#open();
  }

  #retryIn(seconds) {
    if (this.#isOver) return;
    if (!this.#isPolling) this.#call("mode", "connecting");
    clearTimeout(this.#retryTimer);
    this.#retryTimer = setTimeout(() => this.#open(), seconds * 1000);
  }

  // TCP does not tell of a line that was cut, and a computer that slept wakes up with a dead socket.
  #watch() {
    const lead = Date.now() - performance.now();
    const hasSlept = lead - this.#wallLead > CLOCK_JUMP_MS;
    this.#wallLead = lead;
    const isSilent = performance.now() - this.#heardAt > SILENT_S * 1000;
    if (!this.#socket || !(hasSlept || isSilent)) return;
    const socket = this.#socket;
    this.#socket = null; // what it still says does not count
    socket.close();
    this.#closed(0);
  }

  #end(word) {
    this.#isOver = true;
    clearTimeout(this.#retryTimer);
    this.#stopPolling();
    this.#call("mode", word);
  }

  #startPolling() {
    if (this.#isPolling || this.#isOver) return;
    this.#isPolling = true;
    this.#poll();
  }

  #stopPolling() {
    this.#isPolling = false;
    clearTimeout(this.#pollTimer);
  }

  async #poll() {
    clearTimeout(this.#pollTimer);
    const asked = { perf: performance.now(), wall: Date.now() }; // before asking: an age is never shown too young
    try {
      const signal = AbortSignal.timeout(POLL_GIVE_UP_MS);
      const answer = await fetch(FRAME_ADDRESS, { cache: "no-store", signal, headers: { Accept: "application/json" } });
      if (answer.status === 401) return this.#end("login_ended");
      if (answer.status === 403) return this.#end("role_lost");
      if (!this.#isPolling) return;
      this.#call("mode", "polling");
      if (answer.ok) this.#polled(await answer.json(), asked);
    } catch {
      if (this.#isPolling) this.#call("mode", "unreachable");
    }
    if (this.#isPolling) {
      const everyS = Math.max(POLL_S, this.#rateNow());
      this.#pollTimer = setTimeout(() => this.#poll(), everyS * 1000);
    }
  }

  #polled(body, asked) {
    const { age_s: ageS, linked, payee_line: payeeLine, ...frame } = body;
    this.#call("frame", { type: "frame", frame, payee_line: payeeLine, age_s: ageS, linked }, { ageS, linked, ...asked });
  }
}

function receivedNow(message) {
  return { ageS: message.age_s, linked: message.linked !== false, perf: performance.now(), wall: Date.now() };
}
