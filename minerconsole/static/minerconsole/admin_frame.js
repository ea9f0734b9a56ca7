// What the admin's skin leaves out for screen readers: which part is the content, what its scrolling parts are called, and
// what the fields of a table are: they are named like their column.
const columnOf = (cell) => cell.closest("table").tHead?.rows[0].cells[cell.cellIndex];

function nameFields() {
  for (const field of document.querySelectorAll("#content td :is(input:not([type=hidden]), select, textarea)")) {
    if (field.labels.length || field.hasAttribute("aria-label")) continue;
    const words = columnOf(field.closest("td"))?.innerText.trim().split("\n")[0].replace("*", "");
    if (words) field.setAttribute("aria-label", words);
  }
  for (const head of document.querySelectorAll("#content thead th:empty, #content thead th:not(:has(*))")) {
    if (head.textContent.trim()) continue;
    const words = document.createElement("span");
    words.className = "frame-quietly";
    words.textContent = "Remove";
    head.replaceChildren(words);
  }
}

addEventListener("DOMContentLoaded", () => {
  document.getElementById("main")?.setAttribute("role", "main");
  nameFields();
});
addEventListener("load", () => {
  for (const part of document.querySelectorAll(".simplebar-content-wrapper")) {
    part.setAttribute("aria-label", part.closest("#nav-sidebar-apps") ? "Pages of the admin" : "Rows");
  }
});
document.addEventListener("formset:added", nameFields);
