// A canvas that is as sharp as the screen and knows the colours of the page.

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
  const parts = colour(name).match(/[\d.]+/g);
  return parts ? `rgba(${parts[0]}, ${parts[1]}, ${parts[2]}, ${alpha})` : "transparent";
}

export class Surface {
  #canvas; #context; #draw;

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
    if (this.#canvas.width !== wide) this.#canvas.width = wide;
    if (this.#canvas.height !== high) this.#canvas.height = high;
    const context = this.#context;
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    context.clearRect(0, 0, this.width, this.height);
    this.#draw(context, this.width, this.height);
  }
}
