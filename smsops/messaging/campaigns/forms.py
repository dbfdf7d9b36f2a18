"""The forms of campaigns: they parse what a person entered; what becomes of it, others decide."""

from __future__ import annotations

from typing import Any, cast

from django import forms
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from unfold.widgets import (
    UnfoldAdminDateWidget,
    UnfoldAdminDecimalFieldWidget,
    UnfoldAdminIntegerFieldWidget,
    UnfoldAdminRadioSelectWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextareaWidget,
    UnfoldAdminTextInputWidget,
    UnfoldBooleanWidget,
)

from contacts.models import Group
from contacts.uploads.forms import file_field
from providers.cleaning import clip_name
from providers.models import Account
from providers.types import Kind
from smsops.messaging.campaigns.drafting import LONGEST_NAME
from smsops.messaging.campaigns.lists import column_names, lacks_column
from smsops.messaging.campaigns.models import Campaign, Template
from smsops.messaging.campaigns.spec import AudienceSpec
from smsops.messaging.campaigns.way_forms import WaysForm, initial_ways
from smsops.messaging.composing.forms import LATER, NOW, TYPE_CHOICES, MomentField
from smsops.messaging.models import CHANNEL_CHOICES, KIND_CHOICES, STATUS_CHOICES
from smsops.messaging.zones import in_zone, own_zone, zone_choices

EARLIER = 100
FIELDS_HELP = _("{name} becomes each recipient's name; {name|Pelanggan} says Pelanggan where there is none.")
Text, Integer, Select = UnfoldAdminTextInputWidget, UnfoldAdminIntegerFieldWidget, UnfoldAdminSelectWidget
PLAIN_COLUMNS = (
    "name", "account", "channel", "kind", "message_type", "sender_id", "text", "valid_hours", "repeat", "repeat_until",
    "per_second", "refusal_limit", "day_and_night", "zone", "remote_group",
)  # fmt: skip


class NewCampaignForm(forms.Form):
    """What a campaign cannot be begun without."""

    use_required_attribute = False

    name = forms.CharField(
        label=_("Name"), max_length=LONGEST_NAME, widget=Text,
        help_text=_("For you and your colleagues; recipients never see it."),
    )  # fmt: skip
    account = forms.ModelChoiceField(Account.objects.none(), label=_("Account"), empty_label=None, widget=Select)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        accounts = Account.objects.filter(is_active=True).order_by("name")
        cast(forms.ModelChoiceField, self.fields["account"]).queryset = accounts

    def clean_name(self) -> str:
        name = clip_name(self.cleaned_data["name"], LONGEST_NAME)
        if not name:
            raise forms.ValidationError(self.fields["name"].error_messages["required"], code="required")
        return name


class GroupsField(forms.ModelMultipleChoiceField):
    """Any number of groups, as boxes to tick."""

    def __init__(self, **kwargs: Any) -> None:
        widget = forms.CheckboxSelectMultiple
        super().__init__(Group.objects.all(), required=False, widget=widget, **kwargs)


class CampaignForm(WaysForm, NewCampaignForm):
    """A draft, whole. `version` is the one that the page showed."""

    version = forms.IntegerField(widget=forms.HiddenInput)
    everyone = forms.BooleanField(label=_("All contacts"), required=False, widget=UnfoldBooleanWidget)
    any_groups = GroupsField(label=_("In any of these groups"))
    all_groups = GroupsField(label=_("And in all of these"))
    except_groups = GroupsField(label=_("But in none of these"))
    keep_contacts = forms.BooleanField(label=_("Picked contacts"), required=False, widget=UnfoldBooleanWidget)
    pasted = forms.CharField(
        label=_("Numbers"), required=False, strip=False,
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 4, "autocomplete": "off"}),
        help_text=_("One number a line, or with commas, semicolons, tabs or spaces between; any spelling."),
    )  # fmt: skip
    file = file_field(_("CSV or XLSX, one recipient a row. Its columns become fields of the text."), required=False)
    number_column = forms.TypedChoiceField(
        label=_("Column with the numbers"), coerce=int, required=False, empty_value=None, widget=Select
    )
    drop_file = forms.BooleanField(label=_("Take the file out"), required=False, widget=UnfoldBooleanWidget)
    remote_group = forms.CharField(
        label=_("Group at the provider"), required=False, max_length=100,
        widget=Text(attrs={"list": "remote-groups", "autocomplete": "off"}),
        help_text=_(
            "Instead of all above: a group of the account's own phone book, by one call. At most 160 plain characters, "
            "no fields. It cannot be taken back or repeated, and no delivery reports come."
        ),
    )  # fmt: skip
    earlier = forms.ModelChoiceField(
        Campaign.objects.none(), label=_("Recipients of an earlier campaign"), required=False, widget=Select,
        empty_label=_("None"),
    )  # fmt: skip
    statuses = forms.MultipleChoiceField(
        label=_("Whose message is"), choices=STATUS_CHOICES, required=False, widget=forms.CheckboxSelectMultiple
    )
    not_reached_days = forms.IntegerField(
        label=_("Leave out whom a campaign reached in the last days"), min_value=0, max_value=365, required=False,
        widget=Integer, help_text=_("0: no matter."),
    )  # fmt: skip
    template = forms.ModelChoiceField(
        Template.objects.all(), label=_("Template"), required=False, widget=Select, empty_label=_("None")
    )
    text = forms.CharField(
        label=_("Text"), required=False, strip=False, widget=UnfoldAdminTextareaWidget(attrs={"rows": 6}),
        help_text=FIELDS_HELP,
    )  # fmt: skip
    channel = forms.ChoiceField(label=_("Channel"), choices=CHANNEL_CHOICES, widget=Select)
    kind = forms.ChoiceField(
        label=_("Kind"), choices=KIND_CHOICES, widget=Select, initial=Kind.PROMOTIONAL.value,
        help_text=_("Promotional messages keep the quiet hours; transactional and OTP ones do not."),
    )  # fmt: skip
    message_type = forms.ChoiceField(
        label=_("Type"), choices=[choice for choice in TYPE_CHOICES if choice[0] != "4"], required=False, widget=Select
    )
    sender_id = forms.CharField(
        label=_("Sender ID"), required=False, max_length=20, widget=Text, help_text=_("Empty: the account's own.")
    )
    when = forms.ChoiceField(
        label=_("Send"), choices=[(NOW, _("Now")), (LATER, _("At a date and time"))], initial=NOW,
        widget=UnfoldAdminRadioSelectWidget,
    )  # fmt: skip
    at = MomentField(label=_("Date and time"), required=False)
    zone = forms.ChoiceField(label=_("Time zone"), choices=zone_choices, required=False, widget=Select)
    repeat = forms.ChoiceField(label=_("Repeat"), choices=Campaign.Repeat.choices, required=False, widget=Select)
    repeat_until = forms.DateField(label=_("Until"), required=False, widget=UnfoldAdminDateWidget)
    provider_schedule = forms.BooleanField(
        label=_("Let the provider wait"), required=False, widget=UnfoldBooleanWidget,
        help_text=_(
            "Transactional and OTP only. Handed over at once: it cannot be cancelled from here, and a later STOP "
            "cannot reach it."
        ),
    )  # fmt: skip
    valid_hours = forms.IntegerField(
        label=_("Give up after (hours)"), min_value=1, max_value=24 * 14, initial=24, widget=Integer,
        help_text=_("What has not left by then is not sent late."),
    )  # fmt: skip
    per_second = forms.FloatField(
        label=_("Messages per second"), min_value=0.01, max_value=10_000, required=False,
        widget=UnfoldAdminDecimalFieldWidget, help_text=_("Empty: as fast as the account goes."),
    )  # fmt: skip
    refusal_limit = forms.IntegerField(
        label=_("Stop at refusals (%)"), min_value=0, max_value=100, initial=10, required=False, widget=Integer,
        help_text=_("Of a hundred handed over. 0: never."),
    )  # fmt: skip
    day_and_night = forms.CharField(
        label=_("Send in quiet hours because"), max_length=200, required=False, widget=Text,
        help_text=_("Leave it empty to let messages wait for the morning. The reason is kept."),
    )  # fmt: skip

    def __init__(self, *args: Any, campaign: Campaign, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.picked = AudienceSpec.read(campaign.audience).contacts
        self._offer_columns(campaign)
        others = Campaign.objects.exclude(pk=campaign.pk).exclude(status=Campaign.Status.DRAFT)
        earlier = cast(forms.ModelChoiceField, self.fields["earlier"])
        chosen = campaign.audience.get("earlier")
        recent = [*others.order_by("-pk").values_list("pk", flat=True)[:EARLIER], *([chosen] if chosen else [])]
        earlier.queryset = Campaign.objects.filter(pk__in=recent).order_by("-pk")
        accounts = Account.objects.filter(is_active=True) | Account.objects.filter(pk=campaign.account_id)
        self.calls_groups = any(each.adapter.capabilities_for(each.options).group_send for each in accounts)
        cast(forms.ModelChoiceField, self.fields["account"]).queryset = accounts.order_by("name")
        self.offer_ways(accounts.order_by("name"))

    def _offer_columns(self, campaign: Campaign) -> None:
        names = [(str(place), name) for place, name in enumerate(column_names(campaign))]
        field = cast(forms.TypedChoiceField, self.fields["number_column"])
        field.choices = [*([("", _("Choose the column"))] if lacks_column(campaign) else []), *names]
        self.has_columns = bool(names)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if cleaned.get("when") == LATER and not cleaned.get("at") and "at" not in self.errors:
            self.add_error("at", _("Enter the date and time at which to send."))
        if cleaned.get("earlier") and not cleaned.get("statuses"):
            self.add_error("statuses", _("Tick at least one."))
        self.complain_of_ways()
        return cleaned

    def spec(self) -> AudienceSpec:
        entered = self.cleaned_data
        return AudienceSpec(
            everyone=entered["everyone"],
            contacts=self.picked if entered["keep_contacts"] else (),
            any_groups=_ids(entered["any_groups"]),
            all_groups=_ids(entered["all_groups"]),
            except_groups=_ids(entered["except_groups"]),
            earlier=entered["earlier"].pk if entered["earlier"] else None,
            statuses=tuple(entered["statuses"]),
            not_reached_days=entered["not_reached_days"] or 0,
        )

    def columns(self) -> dict[str, Any]:
        """Column → value of all that is the campaign's own."""
        entered = self.cleaned_data
        values = {name: entered[name] for name in PLAIN_COLUMNS}
        values |= self.ways()
        values["refusal_limit"] = entered["refusal_limit"] or 0
        is_later = entered["when"] == LATER and entered["at"]
        values["send_at"] = in_zone(entered["at"], entered["zone"] or own_zone()) if is_later else None
        values["provider_schedule"] = bool(is_later) and entered["provider_schedule"]
        return values


def _ids(rows: QuerySet[Group]) -> tuple[int, ...]:
    return tuple(rows.values_list("pk", flat=True))


def initial_values(campaign: Campaign, pasted: str) -> dict[str, Any]:
    """What the form shows of a draft."""
    values: dict[str, Any] = {name: getattr(campaign, name) for name in PLAIN_COLUMNS}
    values |= AudienceSpec.read(campaign.audience).as_json()
    zone = campaign.zone or own_zone()
    at = timezone.localtime(campaign.send_at, timezone=zone_info(zone)) if campaign.send_at else None
    return (
        values
        | initial_ways(campaign)
        | {
            "version": campaign.version,
            "number_column": (campaign.audience.get("file") or {}).get("number"),
            "account": campaign.account_id,
            "template": campaign.template_id,
            "pasted": pasted,
            "keep_contacts": True,
            "when": LATER if at else NOW,
            "at": at.strftime("%Y-%m-%dT%H:%M") if at else "",
            "zone": zone,
            "provider_schedule": campaign.provider_schedule,
        }
    )


def zone_info(zone: str) -> Any:
    from smsops.messaging.campaigns.timing import zone_of

    return zone_of(zone)


class ReasonForm(forms.Form):
    """A word on a decision."""

    use_required_attribute = False

    reason = forms.CharField(
        label=_("Reason"), max_length=500, widget=Text, help_text=_("To refuse it takes one; to approve it need not.")
    )  # fmt: skip


class PaceForm(forms.Form):
    """How fast it goes on."""

    per_second = forms.FloatField(
        label=_("Messages per second"), min_value=0.01, max_value=10_000, required=False,
        widget=UnfoldAdminDecimalFieldWidget, help_text=_("Empty: as fast as the account goes."),
    )  # fmt: skip


class TestForm(forms.Form):
    """To whom a test goes."""

    number = forms.CharField(label=_("Your own number"), max_length=30, widget=Text)
