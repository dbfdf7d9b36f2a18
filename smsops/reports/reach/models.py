"""Who was written to and never reached, kept beside the contacts so that a list of them costs one page.

Beside, not in them: a mark that comes and goes rewrites no contact, and no import waits for it.
"""

from __future__ import annotations

from django.db import models


class UnreachedContact(models.Model):
    """Something was sent to the contact's number, and nothing was ever reported as delivered there.

    It holds for `number`: of a contact that has another one by now it says nothing. Marks of contacts that are gone
    stay until the next check.
    """

    contact_id = models.BigIntegerField(primary_key=True)
    number = models.CharField(max_length=20)

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return self.number


class ReachTrail(models.Model):
    """How far the marks follow what they hang on.

    Rows up to `seen_to` were read, but some with smaller ids may have been committed since: what lies between `cursor`
    and there is read once more when every transaction before `seen_xmax` has ended. The check of all contacts goes
    from `cursor` to `seen_to`.
    """

    class Name(models.TextChoices):
        EVENTS = "events"
        CONTACTS = "contacts"
        CHECK = "check"

    name = models.CharField(max_length=8, primary_key=True)
    cursor = models.BigIntegerField(default=0)
    seen_to = models.BigIntegerField(default=0)
    seen_xmax = models.BigIntegerField(default=0)
    checked_on = models.DateField(null=True)

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.name} {self.cursor}"
