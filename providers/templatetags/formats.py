"""`{% load formats %}{{ account.balance|money:account.currency }}`."""

from __future__ import annotations

from django import template

from providers import formats, numbers

register = template.Library()
register.filter("money", formats.money)
register.filter("duration", formats.duration)
register.filter("told", formats.told)
register.filter("telephone", numbers.display)
register.filter("told_labels", formats.told_labels)
