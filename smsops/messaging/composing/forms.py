"""The compose form: it parses what a person entered into a draft; whether that may be sent is the gate's word."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any, cast

from django import forms
from django.contrib.auth.models import User
from django.utils.dateparse import parse_datetime
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _
from unfold.widgets import (
    UnfoldAdminRadioSelectWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextareaWidget,
    UnfoldAdminTextInputWidget,
    UnfoldBooleanWidget,
)

from providers.models import Account
from providers.types import Channel, Kind
from smsops.messaging.checking.drafts import Draft, Verdict
from smsops.messaging.composing.message_types import MESSAGE_TYPES
from smsops.messaging.composing.recipients import split_recipients
from smsops.messaging.models import CHANNEL_CHOICES, KIND_CHOICES
from smsops.messaging.zones import in_zone, own_zone, zone_choices

NOW, LATER = "now", "later"
TYPE_CHOICES = [(number, message_type.label) for number, message_type in MESSAGE_TYPES.items()]


class MomentInput(UnfoldAdminTextInputWidget):
    """The browser's own calendar and clock."""

    input_type = "datetime-local"


class MomentField(forms.Field):
    """A date and time without a zone, as the browser's calendar gives it."""

    widget = MomentInput

    def to_python(self, value: Any) -> datetime | None:
        if value in self.empty_values:
            return None
        try:
            moment = parse_datetime(str(value))
        except ValueError:
            moment = None
        if moment is None or moment.tzinfo is not None or not 1970 < moment.year < 9999:
            raise forms.ValidationError(_("Enter a date and a time, such as 2026-08-17 09:30."))
        return moment


class ComposeForm(forms.Form):
    """`nonce` belongs to one opening of the page: what is sent from it twice is one campaign."""

    use_required_attribute = False

    nonce = forms.UUIDField(widget=forms.HiddenInput, initial=uuid.uuid4)
    account = forms.ModelChoiceField(
        Account.objects.none(), label=_("Account"), empty_label=_("Choose an account"), widget=UnfoldAdminSelectWidget
    )
    channel = forms.ChoiceField(label=_("Channel"), choices=CHANNEL_CHOICES, widget=UnfoldAdminSelectWidget)
    kind = forms.ChoiceField(
        label=_("Kind"), choices=KIND_CHOICES, initial=Kind.TRANSACTIONAL.value, widget=UnfoldAdminSelectWidget
    )
    type = forms.ChoiceField(label=_("Type"), choices=TYPE_CHOICES, required=False, widget=UnfoldAdminSelectWidget)
    wap_url = forms.CharField(
        label=_("Web address"), required=False, max_length=500, widget=UnfoldAdminTextInputWidget,
        help_text=_("Opened by the phone, e.g. https://example.co.id/promo."),
    )  # fmt: skip
    sender_id = forms.CharField(
        label=_("Sender ID"), required=False, max_length=20, widget=UnfoldAdminTextInputWidget,
        help_text=_("Empty: the account's own."),
    )  # fmt: skip
    recipients = forms.CharField(
        label=_("Recipients"), strip=False, widget=UnfoldAdminTextareaWidget(attrs={"rows": 6, "autocomplete": "off"}),
        help_text=_("One number a line, or with commas, semicolons, tabs or spaces between; any spelling."),
    )  # fmt: skip
    text = forms.CharField(label=_("Text"), strip=False, widget=UnfoldAdminTextareaWidget(attrs={"rows": 6}))
    when = forms.ChoiceField(
        label=_("Send"), choices=[(NOW, _("Now")), (LATER, _("At a date and time"))], initial=NOW,
        widget=UnfoldAdminRadioSelectWidget,
    )  # fmt: skip
    at = MomentField(label=_("Date and time"), required=False)
    zone = forms.ChoiceField(
        label=_("Time zone"), choices=zone_choices, initial=own_zone, required=False, widget=UnfoldAdminSelectWidget
    )
    day_and_night = forms.CharField(
        label=_("Send in quiet hours because"), max_length=200, required=False, widget=UnfoldAdminTextInputWidget,
        help_text=_("Leave it empty to let messages wait for the morning. The reason is kept."),
    )  # fmt: skip
    provider_schedule = forms.BooleanField(
        label=_("Let the provider wait"), required=False, widget=UnfoldBooleanWidget,
        help_text=_("Handed over now and sent by the provider's own scheduler; it cannot be taken back from here."),
    )  # fmt: skip

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        accounts = Account.objects.filter(is_active=True).order_by("name")
        self.accounts = list(accounts)
        cast(forms.ModelChoiceField, self.fields["account"]).queryset = accounts
        if len(self.accounts) == 1:
            self.initial.setdefault("account", self.accounts[0].pk)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if cleaned.get("when") == LATER and not cleaned.get("at") and "at" not in self.errors:
            self.add_error("at", _("Enter the date and time at which to send."))
        return cleaned

    def draft(self, actor: User) -> Draft:
        """What was entered, as the gate reads it; ask once an account is among the cleaned fields."""
        entered = self.cleaned_data
        chosen = MESSAGE_TYPES[entered.get("type", "")]
        return Draft(
            account=entered["account"],
            recipients=self.spellings(),
            text=entered.get("text", ""),
            channel=Channel(entered.get("channel", Channel.SMS)),
            kind=Kind(entered.get("kind", Kind.TRANSACTIONAL)),
            sender_id=entered.get("sender_id", ""),
            encoding=chosen.encoding,
            is_flash=chosen.is_flash,
            wants_url=chosen.has_url,
            wap_url=entered.get("wap_url", "") if chosen.has_url else "",
            send_after=self._moment(),
            day_and_night=" ".join(entered.get("day_and_night", "").split()),
            provider_schedule=entered.get("when") == LATER and bool(entered.get("provider_schedule")),
            actor=actor,
        )

    def spellings(self) -> list[str]:
        return split_recipients(self.cleaned_data.get("recipients", ""))

    def _moment(self) -> datetime | None:
        entered = self.cleaned_data
        if entered.get("when") != LATER or not entered.get("at"):
            return None
        return in_zone(entered["at"], entered.get("zone") or own_zone())

    def moment_shown(self) -> str:
        """The exact local time with its zone, e.g. `Mon 17 Aug 2026, 09:30 WITA`; "" for now."""
        moment = self._moment()
        if moment is None:
            return ""
        return f"{date_format(moment, 'D j M Y, H:i')} {self.cleaned_data.get('zone') or own_zone()}"

    def key(self, verdict: Verdict) -> uuid.UUID:
        """The same for the same content sent from one opening of the page by one person, whatever he clicks."""
        draft = verdict.draft
        actor = draft.actor.pk if draft.actor else ""
        told = [
            actor, draft.account.pk, draft.channel, draft.kind, draft.encoding, draft.is_flash, draft.wap_url,
            draft.sender_id, draft.send_after, draft.provider_schedule, draft.day_and_night,
            verdict.recipients, draft.text,
        ]  # fmt: skip
        return uuid.uuid5(self.cleaned_data["nonce"], repr([str(part) for part in told]))
