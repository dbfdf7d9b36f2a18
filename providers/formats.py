"""How figures are shown to people."""

from __future__ import annotations

from decimal import Decimal

from django.utils.translation import gettext as _


def money(amount: Decimal | None, currency: str = "IDR") -> str:
    """`Rp 1.842.000` (cents only where there are any), `USD 1,234.50`; an unknown amount says so."""
    if amount is None:
        return _("unknown")
    if currency != "IDR":
        return f"{currency} {amount:,.2f}"
    text = f"{amount:,.0f}" if amount == amount.to_integral_value() else f"{amount:,.2f}"
    return "Rp " + text.translate(str.maketrans(",.", ".,"))


def told(text: str) -> str:
    """Stored words for the screen: what a worker wrote is translated, a provider's own words stay."""
    return _(text) if text else ""
