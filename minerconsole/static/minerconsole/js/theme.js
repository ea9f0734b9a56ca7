// The chosen theme, before anything is drawn: a plain script in the head, so that a page never flashes.
(() => {
  const KEY = "minerconsole-theme";
  let chosen = null;
  try { chosen = localStorage.getItem(KEY); } catch { /* storage is closed: the system's theme counts */ }
  if (chosen === "light" || chosen === "dark") document.documentElement.dataset.theme = chosen;
  document.addEventListener("DOMContentLoaded", () => {
    const button = document.getElementById("theme");
    if (!button) return;
    const isDark = () => document.documentElement.dataset.theme
      ? document.documentElement.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
    const name = () => {
      const words = isDark() ? "Light theme" : "Dark theme";
      button.setAttribute("aria-label", words);
      button.title = words;
    };
    button.addEventListener("click", () => {
      const next = isDark() ? "light" : "dark";
      document.documentElement.dataset.theme = next;
      try { localStorage.setItem(KEY, next); } catch { /* it holds for this page only */ }
      name();
      document.dispatchEvent(new Event("themechange"));
    });
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => {
      name();
      document.dispatchEvent(new Event("themechange"));
    });
    name();
  });
})();
