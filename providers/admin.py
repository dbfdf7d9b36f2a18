"""The admin pages of accounts."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.db.models import PROTECT
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from providers import record_admin as record_admin
from providers.account_views import RESUME, AccountActions
from providers.encryption import UnreadableCredentials
from providers.formats import money, told
from providers.forms import CREDENTIAL, OPTION, AccountForm, build_form
from providers.freshness import FreshAdmin
from providers.masking import mask_parameters
from providers.models import Account, AccountHealth, ProviderSlug
from providers.notes import notes_of
from providers.passwords import has_pending_password
from providers.registry import PROVIDERS
from providers.services import create_account, update_account
from providers.types import OPT_OUT_EXEMPT_KINDS, read_kinds

STATES: dict[str, tuple[str, Any]] = {
    "off": ("", gettext_lazy("Not in use")),
    "suspended": ("bad", gettext_lazy("Stopped")),
    "held": ("warning", gettext_lazy("Held")),
    "active": ("good", gettext_lazy("Active")),
}


def state_of(account: Account) -> tuple[str, Any, str]:
    """Colour, word and reason of an account's state."""
    health: AccountHealth | None = getattr(account, "health", None)
    if not account.is_active:
        return (*STATES["off"], "")
    if account.suspended_reason:
        return (*STATES["suspended"], told(account.suspended_reason))
    if health is not None and health.hold_reason:
        return (*STATES["held"], told(health.hold_reason))
    return (*STATES["active"], "")


@admin.register(Account)
class AccountAdmin(AccountActions, FreshAdmin):
    """Accounts, with the form that each provider declares."""

    list_display = ("name", "provider", "state", "balance_shown", "balance_checked_at")
    list_filter = ("provider", "is_active")
    list_select_related = ("health",)
    search_fields = ("name",)
    actions = None
    show_facets = admin.ShowFacets.NEVER
    change_form_outer_before_template = "admin/providers/account/panel.html"
    change_form_outer_after_template = "admin/providers/account/events.html"

    @admin.display(description=gettext_lazy("state"))
    def state(self, account: Account) -> str:
        colour, label, reason = state_of(account)
        return format_html('<span class="sms-state sms-state-{}" title="{}">{}</span>', colour, reason, label)

    @admin.display(description=gettext_lazy("balance"), ordering="balance")
    def balance_shown(self, account: Account) -> str:
        return money(account.balance, account.currency)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return super().has_add_permission(request) and request.user.has_perm("providers.change_credentials")

    # --- the form ------------------------------------------------------------------------------------------------

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        if request.GET.get("provider") in PROVIDERS or not self.has_add_permission(request):
            return super().add_view(request, form_url, extra_context)
        context = self.admin_site.each_context(request) | {"title": _("Add account"), "opts": self.opts}
        choices = {"providers": ProviderSlug.choices}
        return TemplateResponse(request, "admin/providers/account/choose_provider.html", context | choices)

    def get_form(
        self, request: HttpRequest, obj: Account | None = None, change: bool = False, **kwargs: Any
    ) -> type[AccountForm]:
        provider = PROVIDERS[obj.provider if obj is not None else request.GET["provider"]]
        may = request.user.has_perm("providers.change_credentials")
        base = build_form(provider, may_change_credentials=may, is_new=obj is None)
        self_form = kwargs | {"form": base, "fields": AccountForm.Meta.fields}
        return super().get_form(request, obj, change=change, **self_form)

    def get_fieldsets(self, request: HttpRequest, obj: Account | None = None) -> list[Any]:
        provider = PROVIDERS[obj.provider if obj is not None else request.GET["provider"]]
        sets: list[Any] = [(None, {"fields": ["name", "base_url", "sender_id", "is_active"]})]
        may_write = self.has_change_permission(request, obj) if obj else self.has_add_permission(request)
        if may_write and request.user.has_perm("providers.change_credentials"):
            names = [CREDENTIAL + field.name for field in provider.credential_fields]
            sets.append((_("Credentials"), {"fields": names}))
        limits = ["messages_per_second", "max_connections", "timeout_seconds", "time_zone", "allowed_networks"]
        sets.append((_("Traffic"), {"fields": limits}))
        sets.append((_("Price"), {"fields": ["price_per_segment", "currency"]}))
        if may_write:
            options = [OPTION + field.name for field in provider.all_options()]
            sets.append((_("Options of this provider"), {"fields": options, "classes": ["collapse"]}))
        return sets

    def save_form(self, request: HttpRequest, form: Any, change: bool) -> Account:
        if not change:
            form.instance.credentials, form.instance.options = form.credentials(), form.options()
        return super().save_form(request, form, change)

    def save_model(self, request: HttpRequest, obj: Account, form: Any, change: bool) -> None:
        if not change:
            create_account(account=obj, actor=request.user)
            return
        changed, labels = form.changes(), form.changed_labels()
        if count := update_account(account=obj, changed=changed, labels=labels, actor=request.user):
            messages.warning(request, _no_repeat(count))

    # --- the page ------------------------------------------------------------------------------------------------

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        accounts = Account.objects.select_related("health")
        account = accounts.filter(pk=object_id).first() if object_id.isdecimal() else None
        panel = self.panel(request, account) if account is not None else None
        return super().change_view(request, object_id, form_url, (extra_context or {}) | {"panel": panel})

    def panel(self, request: HttpRequest, account: Account) -> dict[str, Any]:
        """What stands above the form: state, buttons and callback addresses, as this person may see them."""
        colour, label, reason = state_of(account)
        capabilities = account.adapter.capabilities_for(account.options)
        may_change_credentials = request.user.has_perm("providers.change_credentials")
        return {
            "state": colour,
            "state_label": label,
            "hold_reason": reason if not account.suspended_reason else "",
            "may_check": request.user.has_perm("providers.check_account"),
            "may_pause": request.user.has_perm("providers.pause_account"),
            "may_change_credentials": may_change_credentials,
            "resume_url": reverse(self.resume_url_name, args=[account.pk]),
            "resume_method": "post" if self.resume_url_name == RESUME else "get",
            "has_change_password": capabilities.change_password,
            "notes": notes_of(account, request.user),
            "exempt_kinds": ", ".join(read_kinds(account.options.get(OPT_OUT_EXEMPT_KINDS, ""))),
            "pending_password": may_change_credentials and _has_pending(account),
            "callbacks": self._callbacks(account, may_change_credentials),
            "callback_help": account.adapter.callback_help,
            "retired_tokens": [_shown_token(token) for token in account.retired_tokens.order_by("-id")],
            "events": account.events.select_related("actor").order_by("-id")[:20],
        }

    @staticmethod
    def _callbacks(account: Account, may_see: bool) -> list[tuple[Any, str]]:
        capabilities = account.adapter.capabilities_for(account.options)
        kinds = [
            (_("Delivery reports"), "reports", capabilities.report_push),
            (_("Received messages"), "inbox", capabilities.inbox_push),
        ]
        urls = [(label, account.callback_url(kind)) for label, kind, is_offered in kinds if is_offered]
        return urls if may_see else [(label, mask_parameters(url)) for label, url in urls]

    # --- deleting ------------------------------------------------------------------------------------------------

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> tuple[list[str], dict[Any, int], set, list[str]]:
        """Without walking millions of rows: an account with a history cannot be deleted, only put out of use."""
        used = sorted({str(label) for account in objs for label in history_of(account)})
        sentence = _("%s: take the account out of use instead, so that its history stays.")
        protected = [sentence % ", ".join(used)] if used else []
        may_delete = self.has_delete_permission(request)
        lacking = set() if may_delete else {self.opts.verbose_name}
        return [str(account) for account in objs], {self.opts.verbose_name_plural: len(objs)}, lacking, protected

    def delete_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        response = super().delete_view(request, object_id, extra_context)
        if request.method == "POST" and isinstance(response, TemplateResponse):
            messages.error(request, _("Not deleted: the account has a history."))
        return response


def _no_repeat(count: int) -> str:
    text = ngettext(
        "%(count)s message that may have gone out under the old address or user is uncertain now: it is not repeated.",
        "%(count)s messages that may have gone out under the old address or user are uncertain now: they are not "
        "repeated.",
        count,
    )
    return text % {"count": count}


def history_of(account: Account) -> list[Any]:
    """The kinds of rows that keep an account from being deleted."""
    relations = [relation for relation in Account._meta.related_objects if relation.on_delete is PROTECT]
    return [
        relation.related_model._meta.verbose_name_plural
        for relation in relations
        if relation.related_model._default_manager.filter(**{relation.field.name: account}).exists()
    ]


def _has_pending(account: Account) -> bool:
    try:
        return has_pending_password(account)
    except UnreadableCredentials:
        return False


def _shown_token(token: Any) -> dict[str, Any]:
    shown = {"pk": token.pk, "end": token.token[-4:]}
    return shown | {"retired_at": token.retired_at, "last_used_at": token.last_used_at}
