// The set-up page: shows what the chosen place needs, offers the pools of the coin. The form works without it.

const form = document.getElementById("start-form");
const coin = form.elements.coin, preset = form.elements.preset, wallet = form.elements.wallet;

function showPlace() {
  const place = form.elements.place.value;
  for (const part of form.querySelectorAll("[data-place]")) part.hidden = !part.dataset.place.split(" ").includes(place);
}

function showPools() {
  for (const group of preset.querySelectorAll("optgroup")) {
    group.hidden = group.disabled = group.label !== coin.value;
  }
  const chosen = preset.selectedOptions[0];
  if (chosen && chosen.parentElement.disabled) preset.value = "";
}

function showAddress() {
  document.getElementById("new-address").hidden = Boolean(wallet && wallet.value);
}

form.addEventListener("change", () => { showPlace(); showPools(); showAddress(); });
form.addEventListener("submit", (event) => {
  const isTest = event.submitter && event.submitter.value === "test";
  document.getElementById("waiting").textContent = isTest ? "Testing the login: this takes up to 30 s." : "Starting.";
  // After the browser has read the form: a disabled button would not say which one was pressed.
  setTimeout(() => { for (const button of form.querySelectorAll("button")) button.disabled = true; });
});
addEventListener("pageshow", () => {
  for (const button of form.querySelectorAll("button")) button.disabled = false;
  document.getElementById("waiting").textContent = "";
});
showPlace(); showPools(); showAddress();
const wrong = form.querySelector(".wrong input, .wrong select") || document.getElementById("summary");
if (wrong) wrong.focus();
