"""Settings, all from the environment (or a `.env` beside manage.py), with safe defaults. The README has the table."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import environ
from csp.constants import NONE, SELF, UNSAFE_EVAL, UNSAFE_INLINE

from smsops import site
from smsops.environment import kept_secret, make_folder
from smsops.logs import logging_config

BASE_DIR = Path(__file__).resolve().parent.parent
env = environ.Env()
if (BASE_DIR / ".env").is_file():
    env.read_env(BASE_DIR / ".env")

DEBUG = env.bool("DEBUG", default=False)
SMSOPS_VAR = Path(env.str("SMSOPS_VAR", default=str(BASE_DIR / "var"))).resolve()
make_folder(SMSOPS_VAR)
SECRET_KEY_GIVEN = bool(env.str("SECRET_KEY", default=""))
SECRET_KEY = env.str("SECRET_KEY", default="") or kept_secret(SMSOPS_VAR / "secret_key", 50)
SALT_KEYS = env.list("SALT_KEY", default=[SECRET_KEY])

PUBLIC_URL = env.str("PUBLIC_URL", default="http://127.0.0.1:8000").rstrip("/")
ALLOWED_HOSTS = [*env.list("ALLOWED_HOSTS", default=["127.0.0.1", "localhost"]), urlsplit(PUBLIC_URL).hostname]
CSRF_TRUSTED_ORIGINS = ["{0.scheme}://{0.netloc}".format(urlsplit(PUBLIC_URL))]
TRUSTED_PROXIES = env.list("TRUSTED_PROXIES", default=[])

INSTALLED_APPS = [
    "unfold",
    "unfold.contrib.filters",
    "unfold.contrib.forms",
    "unfold.contrib.import_export",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.humanize",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "import_export",
    "axes",
    "csp",
    "providers",
    "contacts",
    "smsops.messaging",
    "smsops.inbox",
    "smsops.reports",
    "smsops.console",
]

MIDDLEWARE = [
    "smsops.middleware.RealAddressMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "axes.middleware.AxesMiddleware",
    "smsops.console.downloads.DownloadLogMiddleware",
]

ROOT_URLCONF = "smsops.urls"
WSGI_APPLICATION = "smsops.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "smsops.messaging.outbox_views.held_outbox",
                "smsops.console.notices.views.bell",
            ],
        },
    },
]

# --- the admin's face --------------------------------------------------------------------------------------------

UNFOLD = site.UNFOLD

# --- database ----------------------------------------------------------------------------------------------------

DATABASE_URL = env.str("DATABASE_URL", default="") or f"sqlite:///{SMSOPS_VAR / 'smsops.sqlite3'}"
DATABASES: dict[str, Any] = {"default": env.db_url_config(DATABASE_URL)}
if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    # A lost mark is a second send: every commit must be on the disk.
    DATABASES["default"]["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",
        "timeout": 30,
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;",
    }
else:
    DATABASES["default"] |= {"CONN_MAX_AGE": 60, "CONN_HEALTH_CHECKS": True}
    # Lets `hotpath.run` prepare what it names; Django's own statements never are.
    DATABASES["default"].setdefault("OPTIONS", {})["prepare_threshold"] = 5
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# --- the queue's engine ------------------------------------------------------------------------------------------

CELERY_BROKER_URL = env.str("CELERY_BROKER_URL", default="filesystem://")

# --- people ------------------------------------------------------------------------------------------------------

AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "django.contrib.auth.backends.ModelBackend",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]
AXES_FAILURE_LIMIT = 5
AXES_COOLOFF_TIME = 0.25  # hours
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_RESET_ON_SUCCESS = True
AXES_LOCKOUT_TEMPLATE = "admin/locked_out.html"
AXES_VERBOSE = False
AXES_ENABLE_ACCESS_FAILURE_LOG = True
LOGIN_URL = "admin:login"
LOGIN_REDIRECT_URL = "admin:index"

LANGUAGE_CODE = env.str("LANGUAGE_CODE", default="en")
LANGUAGES = [("en", "English"), ("id", "Bahasa Indonesia")]
LOCALE_PATHS = [BASE_DIR / "smsops" / "locale"]
TIME_ZONE = env.str("TIME_ZONE", default="Asia/Jakarta")
USE_TZ = True
USE_THOUSAND_SEPARATOR = True
FORMAT_MODULE_PATH = "smsops.formats"

# Days that monthly reports are kept as files; those of closed months stay.
REPORTS_KEPT_DAYS = env.int("REPORTS_KEPT_DAYS", default=400)
# Records that are deleted by themselves; 0 keeps them for ever.
CALLS_KEPT_DAYS = env.int("CALLS_KEPT_DAYS", default=90)
RECEIPTS_KEPT_DAYS = env.int("RECEIPTS_KEPT_DAYS", default=180)
LOOKUPS_KEPT_DAYS = env.int("LOOKUPS_KEPT_DAYS", default=730)
SYNC_STEPS_KEPT_DAYS = env.int("SYNC_STEPS_KEPT_DAYS", default=365)
NOTICES_KEPT_DAYS = env.int("NOTICES_KEPT_DAYS", default=365)
MESSAGE_EVENTS_KEPT_DAYS = env.int("MESSAGE_EVENTS_KEPT_DAYS", default=0)
# Texts and numbers of messages are taken out of them then, and the messages stay for the figures.
MESSAGE_TEXTS_KEPT_DAYS = env.int("MESSAGE_TEXTS_KEPT_DAYS", default=0)
# The day of the next month on which a month is closed by itself; 0: people do it.
CLOSE_MONTHS_ON_DAY = env.int("CLOSE_MONTHS_ON_DAY", default=0)

EMAIL_CONFIG = env.email("EMAIL_URL", default="consolemail://")
vars().update(EMAIL_CONFIG)
DEFAULT_FROM_EMAIL = env.str("EMAIL_FROM", default=f"SMSOps <smsops@{urlsplit(PUBLIC_URL).hostname}>")
EMAIL_TIMEOUT = 20

# --- files -------------------------------------------------------------------------------------------------------

STATIC_URL = "static/"
STATIC_ROOT = BASE_DIR / "staticfiles"
STATICFILES_DIRS = [BASE_DIR / "static"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}
WHITENOISE_USE_FINDERS = DEBUG
WHITENOISE_AUTOREFRESH = DEBUG
FILE_UPLOAD_TEMP_DIR = SMSOPS_VAR
DATA_UPLOAD_MAX_MEMORY_SIZE = 4 * 1024 * 1024

# --- security ----------------------------------------------------------------------------------------------------

HTTPS_ONLY = env.bool("HTTPS_ONLY", default=not DEBUG)
SECURE_SSL_REDIRECT = HTTPS_ONLY
SECURE_REDIRECT_EXEMPT = [r"^callbacks/", r"^healthz$"]
SECURE_HSTS_SECONDS = 365 * 24 * 3600 if HTTPS_ONLY else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = HTTPS_ONLY
SECURE_HSTS_PRELOAD = HTTPS_ONLY
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS_ONLY
SESSION_COOKIE_AGE = 12 * 3600
SESSION_EXPIRE_AT_BROWSER_CLOSE = True
CSRF_FAILURE_VIEW = "django.views.csrf.csrf_failure"
X_FRAME_OPTIONS = "DENY"
SECURE_REFERRER_POLICY = "same-origin"
# Unfold's Alpine evaluates expressions; its components set inline styles. Nothing more is allowed.
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "script-src": [SELF, UNSAFE_EVAL],
        "style-src": [SELF, UNSAFE_INLINE],
        "object-src": [NONE],
        "base-uri": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
    }
}
DEFAULT_EXCEPTION_REPORTER = "smsops.logs.MaskingReporter"
DEFAULT_EXCEPTION_REPORTER_FILTER = "smsops.logs.MaskingReporterFilter"

LOGGING = logging_config(is_for_people=DEBUG)
