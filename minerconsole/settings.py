"""Every setting of the Django project, typed, with its default and why. Reading it writes nothing to disk."""

from __future__ import annotations

import os
from datetime import timedelta
from pathlib import Path
from typing import Any

from django.utils.functional import SimpleLazyObject

from minerconsole.admin_skin import UNFOLD as UNFOLD
from minerconsole.databases import broker_address, databases, public_broker_address, sqlite
from minerconsole.env import read_choice, read_flag, read_names, read_number, read_origins
from minerconsole.secret_key import secret_key
from mining.configuration.home import default_home
from mining.errors import MinerConsoleError
from mining.home import resolve_home

PACKAGE = Path(__file__).resolve().parent
BASE_DIR: Path = PACKAGE.parent


def _home() -> Path:
    """The home of this process; a configuration file that cannot be read is named by the command that needs it."""
    try:
        return resolve_home()
    except MinerConsoleError:
        return default_home()


MINERCONSOLE_HOME: Path = _home()

# For work on the pages only: Django's error pages show settings and source.
DEBUG: bool = read_flag("DJANGO_DEBUG", default=False)
SECRET_KEY: Any = SimpleLazyObject(lambda: secret_key(MINERCONSOLE_HOME))

# Any web page can reach a loopback port by a name of its own (DNS rebinding): only these names are answered.
# The web process adds the address it listens on. Names of your own (a reverse proxy's, the computer's) are opt-in.
ALLOWED_HOSTS: list[str] = ["localhost", "127.0.0.1", "[::1]", *read_names("MINERCONSOLE_HOSTS")]
# Behind a reverse proxy with TLS our forms come from https://, which Django does not see: these names are ours.
CSRF_TRUSTED_ORIGINS: list[str] = [f"https://{name}" for name in read_names("MINERCONSOLE_HOSTS")]
# Origins whose pages may read /api/ with a token; none unless asked for. Cookies are never taken from them.
MINERCONSOLE_CORS_ORIGINS: tuple[str, ...] = read_origins("MINERCONSOLE_CORS_ORIGINS")

# Loading everything takes a second, which a `status` must not cost: the command line says how much a verb needs.
LAYER: str = read_choice("DJANGO_LAYER", ("program", "rows", "web"), default="web")
_ROWS: list[str] = ["django.contrib.contenttypes", "django.contrib.auth", "simple_history", "mining"]
_WEB: list[str] = [
    "unfold",
    "unfold.contrib.simple_history",
    "django.contrib.admin",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "axes",
    "ninja",
]
INSTALLED_APPS: list[str] = {"program": ["mining"], "rows": _ROWS, "web": [*_WEB, *_ROWS]}[LAYER]
MIDDLEWARE: list[str] = [
    "minerconsole.guard.guard",
    "minerconsole.static_files.StaticFiles",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "minerconsole.gate.Gate",
    "django.contrib.messages.middleware.MessageMiddleware",
    "simple_history.middleware.HistoryRequestMiddleware",
    "axes.middleware.AxesMiddleware",
]
AUTHENTICATION_BACKENDS: list[str] = [
    "axes.backends.AxesStandaloneBackend",
    "django.contrib.auth.backends.ModelBackend",
]
LOGIN_URL: str = "/login"
LOGIN_REDIRECT_URL: str = "/"
AUTH_PASSWORD_VALIDATORS: list[dict[str, Any]] = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in ("UserAttributeSimilarityValidator", "CommonPasswordValidator", "NumericPasswordValidator")
] + [{"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}}]

# Cookies do not know ports: the web process adds its port, so that two consoles on one computer do not log each other
# out. Strict: no other site's link or form carries them; out of reach of scripts.
SESSION_COOKIE_NAME: str = "minerconsole"
SESSION_COOKIE_AGE: int = 14 * 24 * 3600
SESSION_COOKIE_HTTPONLY: bool = True
SESSION_COOKIE_SAMESITE: str = "Strict"
CSRF_COOKIE_NAME: str = "minerconsole_csrf"
CSRF_COOKIE_HTTPONLY: bool = True
CSRF_COOKIE_SAMESITE: str = "Strict"
CSRF_FAILURE_VIEW: str = "minerconsole.refusals.csrf_failure"

# Guessing: after five wrong passwords for a user from one address, a quarter of an hour of silence for that pair.
AXES_FAILURE_LIMIT: int = 5
AXES_COOLOFF_TIME: timedelta = timedelta(minutes=15)
AXES_LOCKOUT_PARAMETERS: list[list[str]] = [["username", "ip_address"]]
AXES_LOCKOUT_CALLABLE: str = "minerconsole.refusals.locked_out"
AXES_RESET_ON_SUCCESS: bool = True
# Attempts while locked do not prolong it: what the page says about the time stays true.
AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT: bool = False
AXES_DISABLE_ACCESS_LOG: bool = True  # the event log tells who logged in
AXES_ENABLE_ADMIN: bool = False
AXES_VERBOSE: bool = False

# The history of a row is for reading: putting it back is a change, and changes go through services.
SIMPLE_HISTORY_REVERT_DISABLED: bool = True

# Live pages, in seconds. A page that answers no ping is gone; who lost login or role watches 5 s longer at most.
LIVE_PING_S: float = 5.0
LIVE_PONG_S: float = 12.0
LIVE_CHECK_S: float = 4.0
LIVE_LINK_S: float = 2.0
LIVE_RESYNC_S: float = 1.0
LIVE_TICK_S: float = 0.5

ROOT_URLCONF: str = "minerconsole.urls"
ASGI_APPLICATION: str = "minerconsole.asgi.application"
APPEND_SLASH: bool = False

TEMPLATES: list[dict[str, Any]] = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        # Inside the package in a wheel, beside it in a checkout.
        "DIRS": [PACKAGE / "templates" if (PACKAGE / "templates").is_dir() else BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ]
        },
    }
]

STATIC_URL: str = "/static/"
STATICFILES_DIRS: list[Path] = [PACKAGE / "static"]
WHITENOISE_USE_FINDERS: bool = True
WHITENOISE_ALLOW_ALL_ORIGINS: bool = False
# The files keep their names between versions: browsers ask each time whether they changed.
WHITENOISE_MAX_AGE: int = 0

_TIMEOUT_S = read_number("DJANGO_DATABASE_TIMEOUT_S", default=5, least=1, most=600)
# A verb that reads no rows works also where the address of the database is wrong: it may be the one that mends it.
DATABASES: dict[str, dict[str, Any]] = (
    {"default": sqlite(MINERCONSOLE_HOME, _TIMEOUT_S)}
    if LAYER == "program"
    else databases(MINERCONSOLE_HOME, os.environ, timeout_s=_TIMEOUT_S)
)
# The broker of the fleet, "" without one: then nothing of Redis or Celery is loaded. It holds a password.
MINERCONSOLE_BROKER: Any = SimpleLazyObject(lambda: broker_address(os.environ))
MINERCONSOLE_BROKER_PUBLIC: Any = SimpleLazyObject(lambda: public_broker_address(os.environ))
DEFAULT_AUTO_FIELD: str = "django.db.models.BigAutoField"

USE_TZ: bool = True
TIME_ZONE: str = "UTC"
LANGUAGE_CODE: str = "en"
USE_I18N: bool = False

_LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR")
LOGGING: dict[str, Any] = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(levelname)s %(name)s: %(message)s"}},
    "filters": {
        # "No Frame yet" is an answer, not a fault, and a page asks each second.
        "faults": {
            "()": "django.utils.log.CallbackFilter",
            "callback": lambda record: getattr(record, "status_code", 500) != 503,
        }
    },
    "handlers": {
        "stderr": {"class": "logging.StreamHandler", "formatter": "line"},
        "nowhere": {"class": "logging.NullHandler"},
    },
    "root": {"handlers": ["stderr"], "level": read_choice("DJANGO_LOG_LEVEL", _LEVELS, default="WARNING")},
    "loggers": {
        "django": {"handlers": [], "propagate": True},
        # Strangers choose these lines, so they could fill the log: refused requests are answered, not logged.
        "django.security.DisallowedHost": {"handlers": ["nowhere"], "propagate": False},
        "django.request": {"level": "ERROR", "filters": ["faults"]},
    },
}
