// The doctor's page: asks for the report, shows it worst first, says how old it is. It changes nothing.

import { ask } from "./api.js";
import { wireCopy } from "./copy.js";
import { conclusion } from "./doctor/finding_words.js";
import { showCounts, showFindings } from "./doctor/rows.js";
import { byId, mark, panelState, say, sayId, show } from "./dom.js";
import { span, whole } from "./format.js";
import { showLogin } from "./login_sheet.js";

const NEWEST_S = 1, OLD_S = 600;
const panel = byId("findings-panel"), again = byId("again"), notice = byId("notice");
const { node } = byId("main").dataset;
let report = null, receivedAt = 0, isAsking = false, trouble = "";

async function run(isAnew) {
  if (isAsking) return;
  isAsking = true;
  draw();
  try {
    report = await ask(`/nodes/${node}/doctor${isAnew ? `?max_age_s=${NEWEST_S}` : ""}`);
    receivedAt = performance.now();
    trouble = "";
    showReport();
    showLogin("live");
    if (isAnew) sayId("spoken", `Checked again. ${conclusion(report.findings)}`);
  } catch (error) {
    trouble = error.message;
    if (error.status === 401) showLogin("login_ended");
    if (!report) panelState(panel, "error", "No report yet.");
  }
  isAsking = false;
  draw();
}

function showReport() {
  const { findings, machine } = report;
  sayId("conclusion", conclusion(findings));
  sayId("machine", `${machine.cpu}: ${whole(machine.cores)} ${machine.cores === 1 ? "core" : "cores"}, ${whole(machine.cpus)} threads; by default cores ${coresOf(machine.default_cores)} are used`);
  sayId("findings-tag", `${findings.length} checks`);
  showCounts(findings);
  showFindings(findings);
  panelState(panel, "ready");
}

const coresOf = (cores) => cores.length <= 8 ? cores.join(", ") : `${cores.length}`;

// How it is: being checked, just checked, old, or not to be had.
function draw() {
  const ageS = report ? report.age_s + (performance.now() - receivedAt) / 1000 : null;
  const word = isAsking ? "checking" : trouble ? "offline" : ageS == null ? "never" : ageS > OLD_S ? "late" : "live";
  const words = { checking: ["◷", "Checking"], offline: ["✕", "Not reached"], never: ["◌", "Not checked yet"], late: ["◷", "Checked long ago"], live: ["✓", "Checked"] }[word];
  mark(document.documentElement, "data-freshness", word);
  mark(byId("link"), "data-is", word);
  sayId("link-shape", words[0]);
  sayId("link-word", words[1]);
  sayId("link-age", ageS == null ? "" : ageS < 2 ? "just now" : `${span(Math.floor(ageS))} ago`);
  again.disabled = isAsking;
  say(byId("again-word"), isAsking ? "Running" : "Run again");
  show(notice, trouble !== "" && !isAsking);
  if (trouble) say(notice, `${trouble}${report ? ` What you see was found ${span(ageS)} ago.` : ""}`);
}

again.addEventListener("click", () => run(true));
for (const button of document.querySelectorAll("[data-copy]")) {
  wireCopy(button, () => byId(button.dataset.copy).textContent);
}
setInterval(draw, 1000);
run(false);
