"""Received messages by the words in them.

PostgreSQL asks an index of all words that were ever received (see the migration that makes it); elsewhere the newest
messages are read through.
"""

from __future__ import annotations

import re
from functools import reduce
from operator import and_

from django.db import connection
from django.db.models import BooleanField, Func, Max, Q, Value

from smsops.inbox.models import InboundMessage

WORD = re.compile(r"\w+")
MOST_WORDS = 8
# Where there is no index of words, as many messages are looked through.
NEWEST = 20_000
# Of one number with many such messages the newest ones are enough.
MOST_ROWS = 2000


class Says(Func):
    """Whether a text has words that begin like these; as the index `inbound_words` is asked."""

    template = "to_tsvector('simple', %(expressions)s)"
    arg_joiner = ") @@ to_tsquery('simple', "
    output_field = BooleanField()


def numbers_that_wrote(term: str, *, most: int) -> list[str]:
    """Numbers, the latest first, in whose messages there are words that begin with each of these."""
    words = WORD.findall(term.replace("_", " "))[:MOST_WORDS]
    if not words:
        return []
    rows = InboundMessage.objects.filter(_condition(words)).order_by("-pk").values_list("sender", flat=True)
    return list(dict.fromkeys(rows[:MOST_ROWS]))[:most]


def is_indexed() -> bool:
    return connection.vendor == "postgresql"


def _condition(words: list[str]) -> Q:
    if is_indexed():
        return Q(Says("text", Value(" & ".join(f"'{word}':*" for word in words))))
    newest = InboundMessage.objects.order_by().aggregate(last=Max("pk"))["last"] or 0
    return reduce(and_, (Q(text__icontains=word) for word in words), Q(pk__gt=newest - NEWEST))
