// What the admin's skin leaves out for screen readers: which part is the content, and what its scrolling parts are called.
addEventListener("DOMContentLoaded", () => document.getElementById("main")?.setAttribute("role", "main"));
addEventListener("load", () => {
  for (const part of document.querySelectorAll(".simplebar-content-wrapper")) {
    part.setAttribute("aria-label", part.closest("#nav-sidebar-apps") ? "Pages of the admin" : "Rows");
  }
});
