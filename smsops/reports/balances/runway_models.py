"""Where the balances of accounts went, day by day, and the changes that somebody should know of."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from providers.models import Account


class BalanceDay(models.Model):
    """An account's local day: `closing = opening + topped_up - spent - unexplained`."""

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="+", verbose_name=_("account"))
    date = models.DateField(_("date"))
    opening = models.DecimalField(_("opening balance"), max_digits=16, decimal_places=4)
    closing = models.DecimalField(_("closing balance"), max_digits=16, decimal_places=4)
    spent = models.DecimalField(_("spent"), max_digits=16, decimal_places=4, default=0)
    topped_up = models.DecimalField(_("topped up"), max_digits=16, decimal_places=4, default=0)
    unexplained = models.DecimalField(_("unexplained"), max_digits=16, decimal_places=4, default=0)

    class Meta:
        default_permissions = ()
        constraints = [models.UniqueConstraint(fields=["account", "date"], name="balance_day_once")]

    def __str__(self) -> str:
        return f"{self.date:%Y-%m-%d} {self.closing}"


class BalanceChange(models.Model):
    """A top-up, or a fall that our own sending does not explain."""

    class Kind(models.TextChoices):
        TOP_UP = "top_up", _("Topped up")
        UNEXPLAINED = "unexplained", _("Fell without our sends: someone else uses this account, or the price changed")
        EXPIRED = "expired", _("Expired")

    account = models.ForeignKey(
        Account, on_delete=models.CASCADE, related_name="+", db_index=False, verbose_name=_("account")
    )
    since = models.DateTimeField(_("after"))
    at = models.DateTimeField(_("until"))
    kind = models.CharField(_("what"), max_length=11, choices=Kind)
    amount = models.DecimalField(_("amount"), max_digits=16, decimal_places=4)
    balance = models.DecimalField(_("balance after it"), max_digits=16, decimal_places=4)

    class Meta:
        default_permissions = ()
        indexes = [models.Index(fields=["account", "-id"], name="balance_change_recent")]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M} {self.kind} {self.amount}"


class BalanceFollow(models.Model):
    """How far an account's readings have been followed, and what goes into the next change."""

    account = models.OneToOneField(Account, on_delete=models.CASCADE, primary_key=True, related_name="+")
    reading_id = models.BigIntegerField(default=0)
    carry = models.DecimalField(max_digits=16, decimal_places=4, default=0)

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.account_id} {self.reading_id}"
