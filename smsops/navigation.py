"""The navigation: groups of lines, of which each person sees what he may open."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest
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


def _messages() -> list[dict[str, Any]]:
    return [
        item(_("Write a message"), "edit_square", "messaging:compose", "messaging.send_message"),
        item(_("Messages"), "sms", "admin:messaging_message_changelist", "messaging.view_message"),
        item(_("Campaigns"), "campaign", "admin:messaging_campaign_changelist", "messaging.view_campaign"),
        item(_("Templates"), "article", "admin:messaging_template_changelist", "messaging.view_template"),
        item(_("Uncertain"), "help", "console:incidents", "messaging.view_message"),
        item(_("Outbox"), "outbox", "messaging:outbox", "messaging.view_message"),
        item(_("Conversations"), "forum", "inbox:conversations", "inbox.view_conversation"),
        item(_("Quick replies"), "quickreply", "admin:inbox_quickreply_changelist", "inbox.view_quickreply"),
        item(_("Received"), "inbox", "admin:inbox_inboundmessage_changelist", "inbox.view_inboundmessage"),
    ]


def _people() -> list[dict[str, Any]]:
    return [
        item(_("Contacts"), "contacts", "admin:contacts_contact_changelist", "contacts.view_contact"),
        item(_("Import"), "upload_file", "contacts:import_upload", "contacts.import_contact"),
        item(_("Groups"), "groups", "admin:contacts_group_changelist", "contacts.view_group"),
        item(_("Phone books"), "sync", "contacts:phonebooks", "contacts.view_syncrun"),
        item(_("Opt-outs"), "block", "admin:inbox_suppression_changelist", "inbox.view_suppression"),
        item(_("Keywords"), "key", "admin:inbox_keyword_changelist", "inbox.view_keyword"),
    ]


def _reports() -> list[dict[str, Any]]:
    return [
        item(_("Monthly report"), "calendar_month", "reports:month", "reports.view_month"),
        item(_("Statements"), "receipt_long", "reports:statements", "reports.match_statement"),
    ]


def _providers() -> list[dict[str, Any]]:
    return [
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
    ]


def _administration() -> list[dict[str, Any]]:
    return [
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
    ]


GROUPS: tuple[tuple[Any, Callable[[], list[dict[str, Any]]]], ...] = (
    (_("Messages"), _messages),
    (_("People"), _people),
    (_("Reports"), _reports),
    (_("Providers"), _providers),
    (_("Administration"), _administration),
)


def navigation(request: HttpRequest) -> list[dict[str, Any]]:
    """The groups of which this person may open something; pages that are not built yet are left out."""
    groups = []
    for title, lines in GROUPS:
        items = [entry for entry in lines() if str(entry["link"]) and entry["permission"](request)]
        for entry in items:
            if str(entry["link"]) == reverse("inbox:conversations"):
                entry |= _unread_badge()
        if items:
            groups.append({"title": title, "separator": True, "items": items})
    return groups


def _unread_badge() -> dict[str, str]:
    """How many conversations are unread, beside the inbox; nothing where none is."""
    from smsops.inbox.conversations.listing import count_unread, shown_count

    count = shown_count(count_unread())
    return {"badge": count, "badge_variant": "primary", "badge_style": "solid"} if count else {}
