// The list of lines: only a window of them is in the page, which moves as one scrolls. Knows no source and no filter.

import { make } from "../dom.js";

const MOST_ROWS = 400, STEP = 150, NEAR_PX = 600, END_PX = 8;
const SHAPE = { info: "·", ok: "✓", warning: "!", error: "✕" };

export class LineWindow {
  #holder; #list; #lines = []; #find = ""; #from = 0; #to = 0; #onMoved; #isMoving = false;

  /** `onMoved(isAtEnd)` when the person scrolled. */
  constructor(holder, list, onMoved) {
    this.#holder = holder;
    this.#list = list;
    this.#onMoved = onMoved;
    holder.addEventListener("scroll", () => this.#scrolled(), { passive: true });
  }

  get isAtEnd() {
    const { scrollHeight, scrollTop, clientHeight } = this.#holder;
    return this.#to === this.#lines.length && scrollHeight - scrollTop - clientHeight < END_PX;
  }

  /** Show other lines, from their end. */
  reset(lines, find) {
    this.#lines = lines;
    this.#find = find;
    this.#to = lines.length;
    this.#from = Math.max(0, this.#to - MOST_ROWS);
    this.#list.replaceChildren(...this.#made(this.#from, this.#to));
    this.toEnd();
  }

  /** Keep what is shown while `lines`, a copy, stand still. */
  hold(lines) {
    this.#lines = lines;
  }

  /** Lines were added at the end and `gone` taken from the beginning; follow them, or stay where the person reads. */
  update(lines, gone, isFollowing) {
    this.#lines = lines;
    const dropped = Math.max(0, gone - this.#from);
    this.#from = Math.max(0, this.#from - gone);
    this.#to = Math.max(0, this.#to - gone);
    this.#keepPlace(() => this.#removeFirst(dropped));
    if (isFollowing) this.toEnd();
    else if (this.#to - this.#from < MOST_ROWS) this.#grow(MOST_ROWS - (this.#to - this.#from));
  }

  toEnd() {
    const wanted = this.#lines.length;
    if (wanted - this.#to > MOST_ROWS) {
      this.#from = this.#to = Math.max(0, wanted - MOST_ROWS);
      this.#list.replaceChildren();
    }
    this.#grow(wanted - this.#to);
    this.#cutFirst();
    this.#scrollTo(this.#holder.scrollHeight);
  }

  #scrolled() {
    const isOurs = this.#isMoving;
    this.#isMoving = false;
    if (isOurs) return;
    const { scrollTop, scrollHeight, clientHeight } = this.#holder;
    if (scrollTop < NEAR_PX && this.#from > 0) this.#showEarlier();
    else if (scrollHeight - scrollTop - clientHeight < NEAR_PX && this.#to < this.#lines.length) {
      this.#grow(STEP);
      this.#keepPlace(() => this.#cutFirst());
    }
    this.#onMoved(this.isAtEnd);
  }

  #showEarlier() {
    const from = Math.max(0, this.#from - STEP);
    this.#keepPlace(() => {
      this.#list.prepend(...this.#made(from, this.#from));
      this.#from = from;
    });
    while (this.#to - this.#from > MOST_ROWS) {
      this.#list.lastElementChild.remove();
      this.#to -= 1;
    }
  }

  #grow(count) {
    const to = Math.min(this.#lines.length, this.#to + count);
    if (to > this.#to) this.#list.append(...this.#made(this.#to, to));
    this.#to = Math.max(to, this.#to);
  }

  #cutFirst() {
    const extra = this.#to - this.#from - MOST_ROWS;
    if (extra <= 0) return;
    this.#removeFirst(extra);
    this.#from += extra;
  }

  #removeFirst(count) {
    for (let left = count; left > 0 && this.#list.firstElementChild; left -= 1) this.#list.firstElementChild.remove();
  }

  // What the person looks at stays where it is while rows above it come and go.
  #keepPlace(change) {
    const before = this.#holder.scrollHeight, top = this.#holder.scrollTop;
    change();
    const moved = this.#holder.scrollHeight - before;
    if (moved) this.#scrollTo(top + moved);
  }

  // By us, not by the person: the event that follows is no wish.
  #scrollTo(top) {
    const before = this.#holder.scrollTop;
    this.#holder.scrollTop = top;
    if (this.#holder.scrollTop !== before) this.#isMoving = true;
  }

  #made(from, to) {
    const rows = [];
    for (let place = from; place < to; place += 1) rows.push(this.#rowOf(this.#lines[place], this.#lines[place - 1]));
    return rows;
  }

  #rowOf(line, above) {
    const row = make("li");
    row.dataset.level = line.level;
    if (line.gap) {
      row.append(make("span", "gap", line.text));
      row.className = "gap";
      return row;
    }
    const [day, clock] = line.at.split(" ");
    const time = make("time", "at", clock ?? "");
    if (line.at) {
      time.dateTime = line.at;
      time.title = `${day}${above && above.at && !above.at.startsWith(day) ? ", a new day" : ""}`;
    }
    const shape = make("span", "shape", line.at ? SHAPE[line.level] ?? "·" : "");
    if (line.level !== "info") shape.setAttribute("aria-label", line.level);
    row.append(time, shape, make("span", "topic", line.topic), this.#textOf(line.text));
    return row;
  }

  #textOf(text) {
    const what = make("span", "what");
    const place = this.#find ? text.toLowerCase().indexOf(this.#find) : -1;
    if (place < 0) {
      what.textContent = text;
      return what;
    }
    const found = text.slice(place, place + this.#find.length);
    what.append(text.slice(0, place), make("mark", "", found), text.slice(place + found.length));
    return what;
  }
}
