"""Networks as a person types them: one a line, in the notation of `ipaddress`."""

from __future__ import annotations

import re
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from unfold import widgets

from providers.models import Account


class NetworksField(forms.CharField):
    """Networks, one per line, as a list."""

    widget = widgets.UnfoldAdminTextareaWidget(attrs={"rows": 3})

    def prepare_value(self, value: Any) -> Any:
        return "\n".join(value) if isinstance(value, list) else value

    def has_changed(self, initial: Any, data: Any) -> bool:
        return (data or "").split() != [str(network) for network in initial or []]

    def clean(self, value: Any) -> list[str]:
        return [_network(word) for word in re.split(r"[\s,]+", super().clean(value)) if word]


def _network(word: str) -> str:
    try:
        (network,) = Account(allowed_networks=[word]).networks()
    except ValueError as error:
        raise ValidationError(_("This is no network: %s") % word[:100]) from error
    return str(network)
