"""What the sandbox's pages have in common."""

from __future__ import annotations

from urllib.parse import parse_qs

from django.conf import settings

from providers.sandbox.wire import Request

LANGUAGES = ("en", "id")
# A page loads nothing but its own files, and no other site may frame it.
SECURITY = (
    ("Content-Security-Policy", "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; "
     "img-src data:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"),
    ("X-Content-Type-Options", "nosniff"),
    ("Referrer-Policy", "same-origin"),
    ("Cache-Control", "no-store"),
)  # fmt: skip


def language_of(request: Request) -> str:
    """`?lang=en|id`, else the language of the settings."""
    wanted = parse_qs(request.query).get("lang", [settings.LANGUAGE_CODE[:2]])[0]
    return wanted if wanted in LANGUAGES else "en"
