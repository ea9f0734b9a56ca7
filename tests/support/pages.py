"""The console's pages for tests and pictures of all of them. A new page is one line here."""

from __future__ import annotations

# Path, and what is there when the page is ready.
OURS = {
    "/": "html[data-freshness=live]",
    "/fleet": "#nodes-panel[data-state=ready]",
    "/control": "#place-panel[data-state=ready]",
    "/start": "#start-form",
    "/start/plan/1": "#receipt",
    "/account/password": "#id_password",
    "/doctor": "main",
    "/benchmark": "main",
    "/log": "main",
}
ADMIN = {
    "/admin/": "#main[role=main]",
    "/admin/mining/node/": "#result_list",
    "/admin/mining/node/1/change/": "#main[role=main]",
    "/admin/mining/pool/": "#main[role=main]",
    "/admin/mining/pool/add/": "#main[role=main]",
    "/admin/mining/poolsession/": "#result_list",
    "/admin/mining/poolsession/1/change/": "#main[role=main]",
    "/admin/mining/plan/": "#main[role=main]",
}
SIGNED_IN = {**OURS, **ADMIN}
