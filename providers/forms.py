"""The account's form, made from the provider's own declaration of credentials and options."""

from __future__ import annotations

import re
import ssl
from typing import Any
from zoneinfo import available_timezones

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, override
from unfold import widgets

from providers.addresses import clean_base_url, clean_proxy_url, mask_proxy
from providers.base import Provider
from providers.encryption import UnreadableCredentials
from providers.formats import bare
from providers.freshness import FreshForm
from providers.hours import read_hours
from providers.json_field import StorableJSONField
from providers.lines_field import LinesField
from providers.models import Account
from providers.networks_field import NetworksField
from providers.passwords import PENDING
from providers.types import (
    APPROVE_COST,
    LOW_BALANCE,
    QUIET_HOURS,
    Channel,
    CredentialField,
    Kind,
    OptionField,
    read_kinds,
)

CREDENTIAL, OPTION = "credential_", "option_"
# Whoever may change these could have the password sent elsewhere: they ask for the credentials again.
GUARDED = {"base_url"} | {f"{OPTION}{name}" for name in ("paths", "proxy_url", "tls_verify", "ca_certificate")}
LONG_TEXTS = {"ca_certificate"}
# What may stand in a request line; anything else could add a line of its own to the request.
PATH = re.compile("/[!-~]*")
# Each is a thread of a worker process.
MOST_CONNECTIONS = 100
# Hours, minutes, per cent: what is beyond is a slip, and would leave the calendar.
MOST_OF_ANYTHING = 1_000_000
AMOUNTS, MOST_MONEY = {APPROVE_COST, LOW_BALANCE}, 1_000_000_000_000


class AccountForm(FreshForm):
    """Credentials that are secret are never shown: an empty field keeps what is stored."""

    provider: type[Provider]
    may_change_credentials = False

    allowed_networks = NetworksField(
        label=gettext_lazy("Callbacks come from"),
        required=False,
        help_text=gettext_lazy("Networks, one per line. Empty: from anywhere. Others are kept, but not applied."),
    )

    class Meta:
        model = Account
        fields = [
            "name", "base_url", "sender_id", "is_active", "messages_per_second", "max_connections", "timeout_seconds",
            "time_zone", "allowed_networks", "price_per_segment", "currency",
        ]  # fmt: skip

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self.stored_credentials: dict[str, Any] = {}
        self.is_unreadable = False
        if (instance := kwargs.get("instance")) is not None:
            self._read_credentials(instance)
        given = self._initial(instance) | (kwargs.pop("initial", None) or {})
        super().__init__(*args, initial=given, **kwargs)
        self.instance.provider = self.provider.slug
        if "max_connections" in self.fields:
            self.fields["max_connections"].validators.append(MaxValueValidator(MOST_CONNECTIONS))
        for name in GUARDED & set(self.fields):
            self.fields[name].disabled = not self.may_change_credentials

    def _read_credentials(self, instance: Account) -> None:
        try:
            self.stored_credentials = dict(instance.credentials)
        except UnreadableCredentials:
            self.is_unreadable = True

    def _initial(self, instance: Account | None) -> dict[str, Any]:
        options = instance.options if instance is not None else {}
        initial = {OPTION + field.name: options.get(field.name, field.default) for field in self.provider.all_options()}
        initial[f"{OPTION}proxy_url"] = mask_proxy(str(initial[f"{OPTION}proxy_url"]))
        for field in self.provider.credential_fields:
            if not field.is_secret:
                initial[CREDENTIAL + field.name] = self.stored_credentials.get(field.name, "")
        if instance is None:
            return initial | {"base_url": self.provider.default_base_url}
        return initial | {"price_per_segment": bare(instance.price_per_segment)}

    def secret_names(self) -> set[str]:
        return {CREDENTIAL + field.name for field in self.provider.credential_fields if field.is_secret}

    def shown(self) -> dict[str, str]:
        """As in the base; a secret is compared by a keyed digest of what is stored."""
        told = super().shown()
        for name in self.secret_names() & set(told):
            stored = self.stored_credentials.get(name.removeprefix(CREDENTIAL), "")
            told[name] = salted_hmac("providers.forms", str(stored), algorithm="sha256").hexdigest()
        return told

    # --- reading -------------------------------------------------------------------------------------------------

    def clean_base_url(self) -> str:
        return clean_base_url(self.cleaned_data["base_url"])

    def clean_time_zone(self) -> str:
        name = self.cleaned_data["time_zone"]
        if name not in available_timezones():
            raise ValidationError(_("No such time zone; write one like Asia/Jakarta."))
        return str(name)

    def clean_option_proxy_url(self) -> str:
        value = self.cleaned_data[f"{OPTION}proxy_url"]
        stored = str(self.instance.options.get("proxy_url", ""))
        return stored if stored and value == mask_proxy(stored) else clean_proxy_url(value)

    def clean_option_paths(self) -> dict[str, str]:
        paths = self.cleaned_data[f"{OPTION}paths"] or {}
        if not isinstance(paths, dict) or not all(PATH.fullmatch(str(path)) for path in paths.values()):
            raise ValidationError(_('Write an object of call name and path, e.g. {"send": "/api/send"}.'))
        return {str(name): str(path) for name, path in paths.items()}

    def clean_option_opt_out_exempt_kinds(self) -> str:
        kinds = read_kinds(self.cleaned_data[f"{OPTION}opt_out_exempt_kinds"])
        if unknown := [kind for kind in kinds if kind not in set(Kind)]:
            raise ValidationError(_("There is no kind “%s”. Write otp, transactional or promotional.") % unknown[0])
        return ", ".join(dict.fromkeys(kinds))

    def clean_option_quiet_hours_sms(self) -> str:
        return self._clean_hours(QUIET_HOURS[Channel.SMS])

    def clean_option_quiet_hours_whatsapp(self) -> str:
        return self._clean_hours(QUIET_HOURS[Channel.WHATSAPP])

    def _clean_hours(self, name: str) -> str:
        written = str(self.cleaned_data[OPTION + name]).strip()
        try:
            if written and read_hours(written) is None:
                raise ValidationError(_("From and to are the same. Leave it empty for no quiet hours."))
        except ValueError as error:
            raise ValidationError(_("Write hours like 20:00-08:00, or leave it empty.")) from error
        return written

    def clean_option_ca_certificate(self) -> str:
        certificate = str(self.cleaned_data[f"{OPTION}ca_certificate"]).strip()
        if certificate:
            try:
                ssl.create_default_context(cadata=certificate)
            except (ssl.SSLError, ValueError) as error:
                raise ValidationError(_("This is no certificate in PEM form.")) from error
        return certificate

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        self._check_sender(cleaned)
        if self.instance.pk is None or not self.may_change_credentials:
            return cleaned
        asks_again = self.is_unreadable or bool(GUARDED.intersection(self.changed_data))
        for name in sorted(self.secret_names()):
            if asks_again and not cleaned.get(name) and name not in self.errors:
                self.add_error(name, _("Type it again: with another address or path it would be sent elsewhere."))
        return cleaned

    def _check_sender(self, cleaned: dict[str, Any]) -> None:
        options = {field.name: cleaned.get(OPTION + field.name, field.default) for field in self.provider.all_options()}
        pattern = self.provider.capabilities_for(options).sender_pattern
        if cleaned.get("sender_id") and pattern and not re.fullmatch(pattern, cleaned["sender_id"]):
            self.add_error("sender_id", _("This provider takes no such sender ID."))

    # --- what to write -------------------------------------------------------------------------------------------

    def credentials(self) -> dict[str, str]:
        """Stored credentials with what was typed; a password that a person types settles a pending one."""
        kept = dict(self.stored_credentials)
        for name, value in self.cleaned_data.items():
            if name.startswith(CREDENTIAL) and (value or name not in self.secret_names()):
                kept[name.removeprefix(CREDENTIAL)] = value
        if self.cleaned_data.get(f"{CREDENTIAL}password"):
            kept.pop(PENDING, None)
        return kept

    def options(self) -> dict[str, Any]:
        """Stored options with what was changed; a default is not written down."""
        kept = dict(self.instance.options)
        for field in self.provider.all_options():
            if (name := OPTION + field.name) in self.changed_data:
                kept[field.name] = self.cleaned_data[name]
        defaults = {field.name: field.default for field in self.provider.all_options()}
        return {name: value for name, value in kept.items() if name not in defaults or value != defaults[name]}

    def changes(self) -> dict[str, Any]:
        """Column → new value, of the changed columns only."""
        columns = {name: self.cleaned_data[name] for name in self.changed_data if name in self.Meta.fields}
        if any(name.startswith(OPTION) for name in self.changed_data):
            columns["options"] = self.options()
        if any(name.startswith(CREDENTIAL) for name in self.changed_data):
            columns["credentials"] = self.credentials()
        return columns

    @override("en")
    def changed_labels(self) -> list[str]:
        """In English, as all that is stored; translated where it is shown."""
        return [str(self.fields[name].label) for name in self.changed_data if name in self.fields]


def build_form(provider: type[Provider], *, may_change_credentials: bool, is_new: bool) -> type[AccountForm]:
    """The form's class for one provider, as one person may see it."""
    members: dict[str, Any] = {"provider": provider, "may_change_credentials": may_change_credentials}
    if may_change_credentials:
        for credential in provider.credential_fields:
            members[CREDENTIAL + credential.name] = _credential_field(credential, is_new=is_new)
    for option in provider.all_options():
        members[OPTION + option.name] = _option_field(option)
    return type("ProviderAccountForm", (AccountForm,), members)


def _credential_field(field: CredentialField, *, is_new: bool) -> forms.CharField:
    if not field.is_secret:
        widget: forms.Widget = widgets.UnfoldAdminTextInputWidget(attrs={"autocomplete": "off"})
        return forms.CharField(label=field.label, help_text=field.help_text, widget=widget, max_length=200)
    widget = widgets.UnfoldAdminPasswordWidget(attrs={"autocomplete": "new-password"})
    keep = "" if is_new else _("Never shown. Leave empty to keep the stored one.")
    help_text = f"{field.help_text} {keep}".strip()
    return forms.CharField(
        label=field.label, help_text=help_text, widget=widget, required=is_new, max_length=500, strip=False
    )


def _option_field(field: OptionField) -> forms.Field:
    common: dict[str, Any] = {"label": field.label, "help_text": field.help_text}
    if field.choices:
        choices = [(choice, choice) for choice in field.choices]
        return forms.ChoiceField(choices=choices, widget=widgets.UnfoldAdminSelectWidget(), **common)
    if isinstance(field.default, bool):
        return forms.BooleanField(required=False, widget=widgets.UnfoldBooleanSwitchWidget(), **common)
    if isinstance(field.default, int):
        widget = widgets.UnfoldAdminIntegerFieldWidget()
        most = MOST_MONEY if field.name in AMOUNTS else MOST_OF_ANYTHING
        return forms.IntegerField(min_value=0, max_value=most, widget=widget, **common)
    if isinstance(field.default, float):
        return forms.FloatField(min_value=0, widget=widgets.UnfoldAdminDecimalFieldWidget(), **common)
    if isinstance(field.default, list):
        return LinesField(required=False, **common)
    if isinstance(field.default, dict | tuple):
        area = widgets.UnfoldAdminTextareaWidget(attrs={"rows": 3})
        return StorableJSONField(required=False, widget=area, **common)
    if field.name in LONG_TEXTS:
        area = widgets.UnfoldAdminTextareaWidget(attrs={"rows": 3})
        return forms.CharField(required=False, widget=area, **common)
    return forms.CharField(required=False, widget=widgets.UnfoldAdminTextInputWidget(), **common)


class ReasonForm(forms.Form):
    """Why an account is paused."""

    reason = forms.CharField(label=gettext_lazy("Reason"), max_length=300, widget=widgets.UnfoldAdminTextInputWidget())


class NewPasswordForm(forms.Form):
    """The new password, typed twice."""

    new = forms.CharField(
        label=gettext_lazy("New password"), strip=False, min_length=6, max_length=100,
        widget=widgets.UnfoldAdminPasswordWidget(attrs={"autocomplete": "new-password"}),
    )  # fmt: skip
    again = forms.CharField(
        label=gettext_lazy("New password again"), strip=False,
        widget=widgets.UnfoldAdminPasswordWidget(attrs={"autocomplete": "new-password"}),
    )  # fmt: skip

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if cleaned.get("new") != cleaned.get("again"):
            raise ValidationError(_("The two passwords differ."))
        return cleaned
