// The sheet that says that the login has ended: it goes away by itself when somebody logged in again, in any tab.

import { byId } from "./dom.js";

const sheet = byId("login-sheet");

/** `mode` of the stream; `role` of whoever watches now, where it is known. */
export function showLogin(mode, role = "") {
  if (mode === "login_ended" && !sheet.open) sheet.showModal();
  if (mode === "live" && sheet.open) sheet.close();
  // Another person, or other rights: what this page offers is the server's to say.
  if (role && role !== byId("main").dataset.role) location.reload();
}
