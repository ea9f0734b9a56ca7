// A canvas that is as sharp as the screen and knows the colours of the page.

const FONT = "12px system-ui, sans-serif";
let probe = null;
const known = new Map();

/** A colour of the page by its name ("--ok"), as the theme has it now. */
export function colour(name) {
  let value = known.get(name);
  if (value === undefined) {
    if (!probe) {
      probe = document.createElement("span");
      probe.hidden = true;
      document.body.append(probe);
    }
    probe.style.color = `var(${name})`;
    value = getComputedStyle(probe).color;
    known.set(name, value);
  }
  return value;
}

document.addEventListener("themechange", () => known.clear());

/** The same colour, translucent. */
export function faint(name, alpha) {
  const key = `${name} ${alpha}`;
  let value = known.get(key);
  if (value === undefined) {
    const parts = colour(name).match(/[\d.]+/g);
    known.set(key, value = parts ? `rgba(${parts[0]}, ${parts[1]}, ${parts[2]}, ${alpha})` : "transparent");
  }
  return value;
}

export class Surface {
  #canvas; #context; #draw; #isSetUp = false;

  /** `draw(context, width, height)` in CSS pixels; called by `paint` and whenever size or theme change. */
  constructor(canvas, draw) {
    this.#canvas = canvas;
    this.#context = canvas.getContext("2d");
    this.#draw = draw;
    this.width = 0;
    this.height = 0;
    new ResizeObserver((entries) => this.#resize(entries[0].contentRect)).observe(canvas);
    document.addEventListener("themechange", () => this.paint());
  }

  #resize({ width, height }) {
    this.width = Math.round(width);
    this.height = Math.round(height);
    this.paint();
  }

  paint() {
    if (!this.width || !this.height) return;
    const ratio = devicePixelRatio || 1;
    const wide = Math.round(this.width * ratio), high = Math.round(this.height * ratio);
    const context = this.#context;
    if (this.#canvas.width !== wide || this.#canvas.height !== high || !this.#isSetUp) {
      this.#canvas.width = wide;
      this.#canvas.height = high;
      context.font = FONT; // once: setting it has the browser work out all styles of the page
      this.#isSetUp = true;
    }
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    context.clearRect(0, 0, this.width, this.height);
    this.#draw(context, this.width, this.height);
  }
}
