// Copies text to the clipboard and says so; where the browser forbids it, the text is marked for the person to copy.

import { byId } from "./dom.js";

const SAID_MS = 2000;

/** Make a button copy what `textOf()` gives. Its own words come back after a moment. */
export function wireCopy(button, textOf, said = "Copied") {
  const words = button.textContent;
  button.addEventListener("click", async () => {
    const isDone = await copy(textOf());
    button.textContent = isDone ? `✓ ${said}` : "Not allowed";
    button.toggleAttribute("data-done", isDone);
    byId("spoken").textContent = isDone ? `${said}.` : "The browser did not allow copying.";
    setTimeout(() => {
      button.textContent = words;
      button.removeAttribute("data-done");
    }, SAID_MS);
  });
}

async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return copyOldWay(text); // not a secure context: a page that is served to the network without TLS
  }
}

function copyOldWay(text) {
  const area = document.createElement("textarea");
  area.value = text;
  area.setAttribute("readonly", "");
  document.body.append(area);
  area.select();
  let isDone = false;
  try {
    isDone = document.execCommand("copy");
  } catch { /* forbidden, too */ }
  area.remove();
  return isDone;
}
