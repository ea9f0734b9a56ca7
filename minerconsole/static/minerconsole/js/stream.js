// The live stream: one websocket, watched, opened again when it breaks; polling where websockets do not get through.
// What messages mean is in stream_state.js. Knows no page: whoever uses it gives handlers.

import { fillColumns } from "./core_columns.js";
import { frameAddress, Poller } from "./poller.js";
import {
  ASK_AGAIN_S, initialState, MOST_IDLE_WAIT_S, MOST_WAIT_S, onClose, onMessage, silentS, waitBefore,
} from "./stream_state.js";

const WATCH_MS = 500, QUIET_MS = 1200, HIDDEN_RATE_S = 15, RESYNC_EVERY_MS = 10000, CLOCK_JUMP_MS = 5000;
// What the server decided about us: told until it says otherwise, whatever else happens to the connection.
const REFUSED = ["login_ended", "role_lost", "unknown_node"];

/**
 * handlers (all optional): hello(message), frame(message, received), snapshot(message, received), event(event),
 * skipped(count), link(message), refill() after a reconnect, quiet() each half second while nothing is heard, mode(word) as soon as it is another one: connecting live
 * polling failing unreachable restarting login_ended role_lost unknown_node other_version.
 * `received` = {ageS, linked, perf, wall}: see freshness.js.
 */
export class Stream {
  #handlers; #address; #poller; #socket = null; #state = initialState(); #heardAt = 0; #triedAt = 0; #retryTimer = 0; #watchTimer = 0;
  #way = ""; #rateS = 1; #wasSlow = false; #resyncAt = -Infinity; #wallLead = Date.now() - performance.now(); #isOver = false;

  /** `node`: whose; or `path` of another stream and the address where the same is `asked` for. */
  constructor(handlers, { node = "local", path = `/ws/v1/live?node=${encodeURIComponent(node)}`, asked = frameAddress(node) } = {}) {
    this.#handlers = handlers;
    const scheme = location.protocol === "https:" ? "wss:" : "ws:";
    this.#address = `${scheme}//${location.host}${path}`;
    this.#poller = new Poller({ way: (word) => this.#polled(word), frame: (...values) => this.#call("frame", ...values) }, () => this.#rateNow(), asked);
  }

  start() {
    this.#open();
    this.#watchIn(WATCH_MS);
    document.addEventListener("visibilitychange", () => this.#visibilityChanged());
    document.addEventListener("resume", () => this.#renew()); // after a freeze: what the socket still holds is old
    addEventListener("online", () => this.#renew());
    addEventListener("pageshow", (event) => { if (event.persisted) this.#renew(); });
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

  #goBy(word) {
    if (word === this.#way) return;
    this.#way = word;
    this.#call("mode", word);
  }

  #open() {
    clearTimeout(this.#retryTimer);
    this.#socket?.close(); // one that still tries
    if (!this.#isRefused && !this.#poller.isRunning) this.#goBy("connecting");
    this.#heardAt = this.#triedAt = performance.now();
    let socket;
    try {
      socket = new WebSocket(this.#address);
    } catch {
      return this.#closed(0);
    }
    this.#socket = socket;
    socket.addEventListener("message", (event) => { if (socket === this.#socket) this.#heard(event.data); });
    socket.addEventListener("close", (event) => { if (socket === this.#socket) this.#closed(event.code); });
  }

  get #isRefused() {
    return REFUSED.includes(this.#way);
  }

  #heard(text) {
    this.#heardAt = performance.now();
    this.#watchIn(QUIET_MS);
    if (this.#hasSlept()) return this.#cut();
    let message;
    try {
      message = JSON.parse(text);
    } catch {
      return undefined;
    }
    return this.#follow(onMessage(this.#state, message));
  }

  #closed(code) {
    this.#socket = null;
    this.#follow(onClose(this.#state, code));
  }

  #follow({ state, effects }) {
    this.#state = state;
    for (const [name, value] of effects) this.#carryOut(name, value);
  }

  #carryOut(name, value) {
    switch (name) {
      case "send": return value.type === "resync" ? this.#askAgain() : this.#send(value);
      case "hello": return this.#greeted(value);
      case "snapshot": case "frame":
        if (value.frame) fillColumns(value.frame);
        return this.#call(name, value, receivedNow(value));
      case "retry": return this.#retryAfter(value);
      case "poll": return this.#poller.isRunning ? undefined : this.#poller.start();
      case "bye": return this.#goBy("restarting");
      case "refused": return this.#refused(value);
      case "reload": return this.#end("other_version");
      default: return this.#call(name, value);
    }
  }

  #greeted(message) {
    this.#poller.stop();
    this.#goBy("live");
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

  #visibilityChanged() {
    this.#sendRate();
    if (document.hidden || this.#isOver) return;
    this.#heardAt = performance.now(); // from now on it is expected to speak each second
    if (this.#socket?.readyState === WebSocket.OPEN) this.resync();
    else this.#renew();
    if (this.#poller.isRunning) this.#poller.start();
  }

  /** Open anew, whatever became of the socket that there is. */
  #renew() {
    if (this.#isOver) return;
    this.#drop();
    this.#open();
  }

  #drop() {
    const socket = this.#socket;
    this.#socket = null; // what it still says does not count
    socket?.close();
    this.#state = onClose(this.#state, 0).state;
  }

  #retryAfter(failures) {
    if (this.#isOver) return;
    if (!this.#isRefused && !this.#poller.isRunning && this.#way !== "restarting") this.#goBy("connecting");
    const mostS = document.hidden || this.#way === "polling" ? MOST_IDLE_WAIT_S : MOST_WAIT_S;
    const waitS = waitBefore(failures, Math.random(), mostS);
    const triedS = failures > 1 ? (performance.now() - this.#triedAt) / 1000 : 0; // a try that hung was a wait, too
    this.#retryIn(Math.max(0, waitS - triedS));
  }

  #retryIn(seconds) {
    clearTimeout(this.#retryTimer);
    this.#retryTimer = setTimeout(() => this.#open(), seconds * 1000);
  }

  // While messages come each second, they are what watches; a timer does when none came for a while.
  #watchIn(milliseconds) {
    clearTimeout(this.#watchTimer);
    this.#watchTimer = setTimeout(() => {
      this.#watchIn(WATCH_MS);
      this.#watch();
      this.#call("quiet");
    }, milliseconds);
  }

  // TCP does not tell of a line that was cut.
  #watch() {
    const isSilent = performance.now() - this.#heardAt > silentS(this.#state.phase, this.#rateNow()) * 1000;
    if (this.#hasSlept() || isSilent) this.#cut();
  }

  // A computer that slept wakes up with a dead socket, or with one that holds old messages.
  #hasSlept() {
    const lead = Date.now() - performance.now(), before = this.#wallLead;
    this.#wallLead = lead;
    return lead - before > CLOCK_JUMP_MS;
  }

  #cut() {
    const socket = this.#socket;
    if (!socket) return;
    this.#socket = null;
    socket.close();
    this.#closed(0);
  }

  // The server is asked again: somebody may log in again in another tab, or be given the role back.
  #refused(word) {
    this.#poller.stop();
    this.#goBy(word);
    this.#retryIn(document.hidden ? HIDDEN_RATE_S : ASK_AGAIN_S);
  }

  #polled(word) {
    if (REFUSED.includes(word)) return this.#refused(word);
    const isNews = word === "polling" && word !== this.#way;
    if (this.#isRefused && word !== "polling") return undefined; // it did not say that it thinks otherwise now
    this.#goBy(word);
    if (isNews && this.#socket === null) this.#retryIn(0); // the console is back: maybe it takes websockets as well
    return undefined;
  }

  #end(word) {
    this.#isOver = true;
    this.#drop();
    clearTimeout(this.#retryTimer);
    this.#poller.stop();
    this.#goBy(word);
  }
}

function receivedNow(message) {
  return { ageS: message.age_s, linked: message.linked !== false, perf: performance.now(), wall: Date.now() };
}
