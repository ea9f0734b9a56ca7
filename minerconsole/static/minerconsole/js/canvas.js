// A canvas that is as sharp as the screen and knows the colours of the page.

const FONT = "12px system-ui, sans-serif", FONT_PX = 12;
let probe = null;
const known = new Map();
let themes = 0; // how many there were: what was drawn in an older one is drawn anew

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

document.addEventListener("themechange", () => {
  themes += 1;
  known.clear();
  pictures.clear();
});

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

// Texts are written once, each into a picture of its own: to write on a canvas that stands in the page has the browser
// bring all its styles up to date first, in the middle of a tick.
const pictures = new Map(), MOST_PICTURES = 200;

function pictureOf(text, name) {
  const ratio = devicePixelRatio || 1, key = `${ratio} ${name} ${text}`;
  let picture = pictures.get(key);
  if (!picture) {
    if (pictures.size >= MOST_PICTURES) pictures.clear();
    pictures.set(key, picture = writePicture(text, colour(name), ratio));
  }
  return picture;
}

// The middle of the letters is in the middle of the picture.
function writePicture(text, ink, ratio) {
  const canvas = new OffscreenCanvas(1, 1), context = canvas.getContext("2d");
  context.font = FONT;
  const width = context.measureText(text).width, wide = Math.ceil(width) + 2, high = FONT_PX + 6;
  canvas.width = Math.ceil(wide * ratio); // this forgets the font
  canvas.height = Math.ceil(high * ratio);
  context.scale(ratio, ratio);
  context.font = FONT;
  context.textBaseline = "middle";
  context.fillStyle = ink;
  context.fillText(text, 1, high / 2);
  return { image: canvas.transferToImageBitmap(), text: width, width: canvas.width / ratio, height: canvas.height / ratio, ratio };
}

/** How wide a text is, in CSS pixels. */
export function widthOf(text, name = "--muted") {
  return pictureOf(text, name).text;
}

/** Write a text with its middle at the height `y`; `align`: the part of it that is left of `x` (0 start, 0.5, 1 end). */
export function write(context, text, x, y, { name = "--muted", align = 0 } = {}) {
  const { image, text: width, width: wide, height, ratio } = pictureOf(text, name);
  const whole = (value) => Math.round(value * ratio) / ratio; // between two pixels it would be blurred
  context.drawImage(image, whole(x - align * width - 1), whole(y - height / 2), wide, height);
}

/** What stays behind a drawing: a picture that is kept as long as it would be the same. */
export class Backdrop {
  #picture = null; #key = "";

  /** Put it on `context`. `draw(context)` is called when `key`, which names all that it depends on, is another one. */
  paint(context, width, height, key, draw) {
    const ratio = devicePixelRatio || 1, wide = Math.round(width * ratio), high = Math.round(height * ratio);
    const whole = `${themes} ${ratio} ${wide} ${high} ${key}`;
    if (this.#key !== whole) {
      const canvas = new OffscreenCanvas(wide, high), behind = canvas.getContext("2d");
      behind.scale(ratio, ratio);
      draw(behind);
      this.#picture?.close();
      this.#picture = canvas.transferToImageBitmap();
      this.#key = whole;
    }
    context.drawImage(this.#picture, 0, 0, wide / ratio, high / ratio);
  }
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
      this.#isSetUp = true;
    }
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    context.clearRect(0, 0, this.width, this.height);
    this.#draw(context, this.width, this.height);
  }
}
