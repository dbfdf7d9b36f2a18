"""The admin site's face: titles, colours, and what the theme is told."""

from __future__ import annotations

from typing import Any

from django.templatetags.static import static
from django.utils.translation import gettext_lazy as _

from smsops.navigation import navigation

UNFOLD: dict[str, Any] = {
    "SITE_TITLE": "SMSOps",
    "SITE_HEADER": "SMSOps",
    "SITE_SUBHEADER": _("SMS and WhatsApp operations"),
    "SITE_SYMBOL": "sms",
    "SITE_URL": None,
    "SITE_FAVICONS": [
        {"rel": "icon", "type": "image/svg+xml", "href": lambda request: static("smsops/icon.svg")},
    ],
    "SHOW_LANGUAGES": True,
    "SHOW_HISTORY": True,
    "SHOW_VIEW_ON_SITE": False,
    "STYLES": [lambda request: static("smsops/admin.css")],
    # Models only, never their rows: results are kept for minutes, and rights may end sooner.
    "COMMAND": {
        "search_models": False,
        "show_history": False,
        "search_callback": "smsops.console.lookup_views.palette",
    },
    "DASHBOARD_CALLBACK": "smsops.console.start.start_page",
    "SIDEBAR": {
        "show_search": True,
        "command_search": True,
        "show_all_applications": False,
        "navigation": navigation,
    },
    "COLORS": {
        "primary": {
            "50": "#ecfeff",
            "100": "#cffafe",
            "200": "#a5f3fc",
            "300": "#67e8f9",
            "400": "#22d3ee",
            "500": "#0e94ad",
            "600": "#0e7490",
            "700": "#155e75",
            "800": "#164e63",
            "900": "#0f3f52",
            "950": "#083344",
        },
    },
}
