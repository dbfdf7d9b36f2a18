"""The part of a campaign's form that names further accounts: after a refusal, and for single operators."""

from __future__ import annotations

from typing import Any, cast

from django import forms
from django.db.models import QuerySet
from django.forms.boundfield import BoundField
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldBooleanWidget

from providers.models import Account
from providers.numbers import operators_at_home
from smsops.messaging.campaigns.models import Campaign
from smsops.messaging.campaigns.ways import further_accounts, make_routes, why_no_route

WAYS = ("way_1", "way_2", "way_3", "way_4")
SPLIT = "split_"


class AccountField(forms.ModelChoiceField):
    """An account, or none."""

    def __init__(self, label: Any, empty_label: Any, **kwargs: Any) -> None:
        super().__init__(
            Account.objects.none(), label=label, required=False, empty_label=empty_label,
            widget=UnfoldAdminSelectWidget, **kwargs,
        )  # fmt: skip


class WaysForm(forms.Form):
    """`way_1` … are tried in this order; `split_0` … belong to the operators at home."""

    way_1 = AccountField(
        _("If it is refused there, by"), _("No other account"),
        help_text=_(
            "Only where the network is not covered, the sender not allowed or the account suspended; never where "
            "nobody knows."
        ),
    )  # fmt: skip
    way_2 = AccountField(_("Then by"), _("No other account"))
    way_3 = AccountField(_("Then by"), _("No other account"))
    way_4 = AccountField(_("Then by"), _("No other account"))
    sms_instead = forms.BooleanField(
        label=_("An SMS to numbers without WhatsApp"), required=False, widget=UnfoldBooleanWidget
    )

    def offer_ways(self, accounts: QuerySet[Account]) -> None:
        """Choose among these accounts."""
        self.operators = operators_at_home()
        for place, operator in enumerate(self.operators):
            self.fields[f"{SPLIT}{place}"] = AccountField(operator, _("As the rest"))
        for name, field in self.fields.items():
            if name in WAYS or name.startswith(SPLIT):
                cast(AccountField, field).queryset = accounts

    def way_fields(self) -> list[BoundField]:
        return [self[name] for name in WAYS]

    def split_fields(self) -> list[BoundField]:
        return [self[f"{SPLIT}{place}"] for place in range(len(self.operators))]

    def has_splits(self) -> bool:
        return any(field.value() for field in self.split_fields())

    def complain_of_ways(self) -> None:
        if not self.errors and (complaint := why_no_route(**self._entered_ways())):
            self.add_error(WAYS[0], complaint)

    def _entered_ways(self) -> dict[str, Any]:
        entered = self.cleaned_data
        others = [entered[name] for name in WAYS if entered[name]]
        return {"others": others} | {name: entered[name] for name in ("account", "channel", "sms_instead")}

    def ways(self) -> dict[str, Any]:
        """Column → value."""
        entered = self.cleaned_data
        chosen = {operator: entered[f"{SPLIT}{place}"] for place, operator in enumerate(self.operators)}
        splits = {operator: each.pk for operator, each in chosen.items() if each and each != entered["account"]}
        return {"routes": make_routes(**self._entered_ways()), "splits": splits}


def initial_ways(campaign: Campaign) -> dict[str, Any]:
    others = further_accounts(campaign.routes, campaign.account_id)
    splits = {f"{SPLIT}{place}": campaign.splits.get(name) for place, name in enumerate(operators_at_home())}
    return (
        splits
        | dict(zip(WAYS, others, strict=False))
        | {"sms_instead": any(route["channel"] != campaign.channel for route in campaign.routes)}
    )
