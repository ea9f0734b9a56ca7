"""How the admin looks: house colours, and a side bar that depends on the role. Loads nothing of Django."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from django.http import HttpRequest

_STATIC = "/static/minerconsole/"
_ICON = f"{_STATIC}icon.svg"


def is_admin(request: HttpRequest) -> bool:
    """Whether the side bar shows what only admins use."""
    from mining.admin.site import actor_of  # here: settings are read before the models are there
    from mining.services.actors import Role

    return actor_of(request).role >= Role.ADMIN


def is_elsewhere(request: HttpRequest) -> bool:
    """Whether a page outside the admin is the present one: it never is."""
    return False


def _page(title: str, icon: str, model: str, **more: Any) -> dict[str, Any]:
    return {"title": title, "icon": icon, "link": f"/admin/{model}/", **more}


_ADMINS = {"permission": "minerconsole.admin_skin.is_admin"}
# The accent of the house (#b4510b, in the dark #f5914e), from pale to deep.
_ACCENT = {
    "50": "#fff6ef", "100": "#ffe8d6", "200": "#ffcda8", "300": "#ffb07a", "400": "#f5914e", "500": "#dd7127",
    "600": "#b4510b", "700": "#934208", "800": "#733408", "900": "#552708", "950": "#331604",
}  # fmt: skip

UNFOLD: dict[str, Any] = {
    "SITE_TITLE": "MinerConsole",
    "SITE_HEADER": "MinerConsole",
    "SITE_SUBHEADER": "CPU mining, in view",
    "SITE_URL": "/",
    "SITE_ICON": lambda _request: _ICON,
    "SITE_FAVICONS": [{"rel": "icon", "type": "image/svg+xml", "href": lambda _request: _ICON}],
    "STYLES": [lambda _request: f"{_STATIC}admin_frame.css"],
    "SCRIPTS": [lambda _request: f"{_STATIC}admin_frame.js"],
    "SHOW_HISTORY": True,
    "SHOW_VIEW_ON_SITE": False,
    "COLORS": {"primary": _ACCENT},
    "ACCOUNT": {"navigation": [{"title": "Password", "link": "/account/password"}]},
    "SIDEBAR": {
        "show_search": False,
        "show_all_applications": False,
        "navigation": [
            {
                "title": "Mining",
                "items": [
                    {"title": "Now", "icon": "monitoring", "link": "/", "active": is_elsewhere},
                    {"title": "Fleet", "icon": "grid_view", "link": "/fleet", "active": is_elsewhere},
                    {"title": "Control", "icon": "tune", "link": "/control", "active": is_elsewhere},
                    {"title": "Set up", "icon": "rocket_launch", "link": "/start", "active": is_elsewhere},
                    _page("Nodes", "dns", "mining/node"),
                    _page("Invitations", "person_add", "mining/jointoken", **_ADMINS),
                    _page("Groups of nodes", "workspaces", "mining/nodegroup"),
                    _page("Plans", "assignment", "mining/plan"),
                    _page("Rollouts", "rule", "mining/rollout"),
                ],
            },
            {
                "title": "Where and for whom",
                "separator": True,
                "items": [
                    _page("Pools", "hub", "mining/pool"),
                    _page("Wallets", "account_balance_wallet", "mining/wallet"),
                    _page("Coins", "toll", "mining/coin"),
                ],
            },
            {
                "title": "What happened",
                "separator": True,
                "items": [
                    _page("Shares", "task_alt", "mining/share"),
                    _page("Sessions", "cable", "mining/poolsession"),
                    _page("Events", "history", "mining/event"),
                ],
            },
            {
                "title": "Access",
                "separator": True,
                "items": [
                    _page("API tokens", "key", "mining/apitoken"),
                    _page("Users", "group", "auth/user", **_ADMINS),
                    _page("Roles", "badge", "auth/group", **_ADMINS),
                ],
            },
        ],
    },
}
