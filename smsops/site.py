"""The admin site's face: titles, colours, and a navigation that shows each person only what he may open."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest
from django.templatetags.static import static
from django.urls import NoReverseMatch, reverse
from django.utils.functional import lazy
from django.utils.translation import gettext_lazy as _


def _may(*permissions: str) -> Callable[[HttpRequest], bool]:
    """Whether the person has one of these permissions."""
    return lambda request: any(request.user.has_perm(permission) for permission in permissions)


def _reverse(name: str) -> str:
    try:
        return reverse(name)
    except NoReverseMatch:
        return ""


def item(title: Any, icon: str, link: str, *permissions: str) -> dict[str, Any]:
    """One line of the navigation; `link` is the name of an address."""
    return {"title": title, "icon": icon, "link": lazy(_reverse, str)(link), "permission": _may(*permissions)}


def _navigation() -> list[dict[str, Any]]:
    return [
        {
            "title": _("Messages"),
            "items": [
                item(_("Write a message"), "edit_square", "messaging:compose", "messaging.send_message"),
                item(_("Messages"), "sms", "admin:messaging_message_changelist", "messaging.view_message"),
                item(_("Campaigns"), "campaign", "admin:messaging_campaign_changelist", "messaging.view_campaign"),
                item(_("Templates"), "article", "admin:messaging_template_changelist", "messaging.view_template"),
                item(_("Uncertain"), "help", "console:incidents", "messaging.view_message"),
                item(_("Outbox"), "outbox", "messaging:outbox", "messaging.view_message"),
                item(_("Conversations"), "forum", "inbox:conversations", "inbox.view_conversation"),
                item(_("Quick replies"), "quickreply", "admin:inbox_quickreply_changelist", "inbox.view_quickreply"),
                item(_("Received"), "inbox", "admin:inbox_inboundmessage_changelist", "inbox.view_inboundmessage"),
            ],
        },
        {
            "title": _("People"),
            "items": [
                item(_("Contacts"), "contacts", "admin:contacts_contact_changelist", "contacts.view_contact"),
                item(_("Import"), "upload_file", "contacts:import_upload", "contacts.import_contact"),
                item(_("Groups"), "groups", "admin:contacts_group_changelist", "contacts.view_group"),
                item(_("Phone books"), "sync", "contacts:phonebooks", "contacts.view_syncrun"),
                item(_("Opt-outs"), "block", "admin:inbox_suppression_changelist", "inbox.view_suppression"),
                item(_("Keywords"), "key", "admin:inbox_keyword_changelist", "inbox.view_keyword"),
            ],
        },
        {
            "title": _("Reports"),
            "items": [
                item(_("Monthly report"), "calendar_month", "reports:month", "reports.view_month"),
                item(_("Statements"), "receipt_long", "reports:statements", "reports.match_statement"),
            ],
        },
        {
            "title": _("Providers"),
            "items": [
                item(_("Accounts"), "sim_card", "admin:providers_account_changelist", "providers.view_account"),
                item(_("Codes and reports"), "menu_book", "console:tracking_start", "messaging.view_message"),
                item(_("Prices"), "sell", "admin:messaging_price_changelist", "messaging.view_price"),
                item(
                    _("Callbacks"),
                    "call_received",
                    "admin:providers_callbackreceipt_changelist",
                    "providers.view_callbackreceipt",
                ),
                item(_("Call log"), "swap_vert", "admin:providers_calllog_changelist", "providers.view_calllog"),
            ],
        },
        {
            "title": _("Administration"),
            "items": [
                item(_("Users"), "person", "admin:auth_user_changelist", "auth.view_user"),
                item(_("Roles"), "badge", "admin:auth_group_changelist", "auth.view_group"),
                item(_("Look-ups"), "person_search", "admin:console_lookuplog_changelist", "console.view_lookuplog"),
                item(_("Downloads"), "download", "admin:console_downloadlog_changelist", "console.view_downloadlog"),
                item(
                    _("Clean-ups"),
                    "auto_delete",
                    "admin:console_retentionrun_changelist",
                    "console.view_retentionrun",
                ),
                item(_("Forget a number"), "person_remove", "console:forget_number", "console.forget_number"),
                item(
                    _("Forgotten numbers"),
                    "person_off",
                    "admin:console_forgottennumber_changelist",
                    "console.view_forgottennumber",
                ),
                item(_("Failed logins"), "lock", "admin:axes_accessattempt_changelist", "axes.view_accessattempt"),
            ],
        },
    ]


def navigation(request: HttpRequest) -> list[dict[str, Any]]:
    """The groups of which this person may open something; pages that are not built yet are left out."""
    groups = []
    for group in _navigation():
        items = [entry for entry in group["items"] if str(entry["link"]) and entry["permission"](request)]
        for entry in items:
            if str(entry["link"]) == reverse("inbox:conversations"):
                entry |= _unread_badge()
        if items:
            groups.append({"title": group["title"], "separator": True, "items": items})
    return groups


def _unread_badge() -> dict[str, str]:
    """How many conversations are unread, beside the inbox; nothing where none is."""
    from smsops.inbox.conversations.listing import count_unread, shown_count

    count = shown_count(count_unread())
    return {"badge": count, "badge_variant": "primary", "badge_style": "solid"} if count else {}


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
