"""Every setting of the Django project, typed, with its default and why. Reading it writes nothing to disk."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.utils.functional import SimpleLazyObject

from minerconsole.env import read_choice, read_flag, read_number
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
ALLOWED_HOSTS: list[str] = ["localhost", "127.0.0.1", "[::1]"]

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
    "django.contrib.messages.middleware.MessageMiddleware",
    "simple_history.middleware.HistoryRequestMiddleware",
    "axes.middleware.AxesMiddleware",
]
AUTHENTICATION_BACKENDS: list[str] = [
    "axes.backends.AxesStandaloneBackend",
    "django.contrib.auth.backends.ModelBackend",
]
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

DATABASES: dict[str, dict[str, Any]] = {
    "default": {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": MINERCONSOLE_HOME / "console.sqlite3",
        "OPTIONS": {
            # A writer takes its lock at BEGIN: two of them wait in turn and never fail half-way.
            "transaction_mode": "IMMEDIATE",
            "timeout": read_number("DJANGO_DATABASE_TIMEOUT_S", default=5, least=1, most=600),
            "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA foreign_keys=ON",
        },
    }
}
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
