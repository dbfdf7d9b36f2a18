"""The four roles, and what each may do. Migrations call `apply_roles`, again whenever a release adds a right."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.management import create_permissions

OPERATOR = (
    "messaging.view_message", "messaging.send_message", "messaging.view_campaign", "messaging.view_price",
    "messaging.settle_uncertain",
    "messaging.view_template", "messaging.add_template", "messaging.change_template", "messaging.delete_template",
    "contacts.view_contact", "contacts.add_contact", "contacts.change_contact", "contacts.delete_contact",
    "contacts.view_group", "contacts.add_group", "contacts.change_group", "contacts.delete_group",
    "contacts.import_contact", "contacts.export_contact",
    "contacts.view_syncrun", "contacts.sync_phonebook", "contacts.view_syncconflict", "contacts.resolve_conflict",
    "inbox.view_inboundmessage", "inbox.view_conversation", "inbox.change_conversation",
    "inbox.view_quickreply", "inbox.add_quickreply", "inbox.change_quickreply", "inbox.delete_quickreply",
    "inbox.view_suppression", "inbox.add_suppression", "inbox.view_suppressionevent", "inbox.view_keyword",
    "providers.view_account", "providers.check_account", "reports.view_month",
)  # fmt: skip
APPROVER = (
    *OPERATOR,
    "messaging.cancel_message", "messaging.release_outbox", "messaging.resend_in_bulk", "inbox.delete_suppression",
    "inbox.add_keyword", "inbox.change_keyword", "inbox.delete_keyword",
    "inbox.import_suppression", "inbox.export_suppression", "inbox.share_quickreply",
    "messaging.approve_campaign", "messaging.control_campaign", "messaging.manage_templates",
    "contacts.exceed_sync_limit",
    "providers.pause_account", "providers.view_callbackreceipt", "reports.export_month", "reports.match_statement",
    "messaging.export_message",
)  # fmt: skip
SUPPORT = (
    "messaging.view_message", "messaging.view_campaign", "inbox.view_inboundmessage",
    "inbox.view_conversation", "inbox.view_suppression", "inbox.add_suppression", "inbox.view_suppressionevent",
    "contacts.view_contact", "contacts.view_group", "providers.view_callbackreceipt",
)  # fmt: skip
ADMINISTRATOR = (
    *APPROVER,
    "messaging.view_otp", "messaging.add_price", "messaging.change_price", "messaging.delete_price",
    "providers.add_account", "providers.change_account", "providers.delete_account", "providers.change_credentials",
    "providers.view_calllog", "providers.change_callbackreceipt",
    "auth.view_user", "auth.add_user", "auth.change_user", "auth.delete_user",
    "auth.view_group", "auth.add_group", "auth.change_group", "auth.delete_group",
    "reports.close_month", "console.view_lookuplog", "console.view_retentionrun",
    "console.forget_number", "console.view_downloadlog", "console.view_forgottennumber",
    "axes.view_accessattempt", "axes.delete_accessattempt",
)  # fmt: skip

ROLES: dict[str, tuple[str, ...]] = {
    "Operator": OPERATOR,
    "Approver": APPROVER,
    "Support": SUPPORT,
    "Administrator": ADMINISTRATOR,
}


def apply_roles(apps: Any, schema_editor: Any = None) -> None:
    """Make the roles, and give each the rights that it lacks; what a company added of its own stays.

    `apps` is a migration's registry, or the running one. Rights of apps that do not exist there yet are left to the
    migration that comes with them.
    """
    _make_permissions(apps)
    group_model = apps.get_model("auth", "Group")
    permissions = _permissions_by_name(apps)
    for role, names in ROLES.items():
        group, _is_new = group_model.objects.get_or_create(name=role)
        group.permissions.add(*(permissions[name] for name in names if name in permissions))


def _make_permissions(apps: Any) -> None:
    """Django makes permissions after all migrations only; the roles need them now."""
    for app_config in apps.get_app_configs():
        had = getattr(app_config, "models_module", None)
        app_config.models_module = had or True
        create_permissions(app_config, apps=apps, verbosity=0)
        app_config.models_module = had


def _permissions_by_name(apps: Any) -> dict[str, Any]:
    rows = apps.get_model("auth", "Permission").objects.select_related("content_type")
    return {f"{row.content_type.app_label}.{row.codename}": row for row in rows}
