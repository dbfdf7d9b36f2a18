"""A keyword that answers, and who has opted out."""

from smsops.inbox.models import Keyword, Suppression
from tests.inbox.conftest import NUMBER


def answering(word, answer="Baik, kami berhenti.", action="stop", **fields):
    Keyword.objects.filter(word=word).delete()
    return Keyword.objects.create(word=word, action=action, answer=answer, **fields)


def is_opted_out(number=NUMBER):
    return Suppression.objects.filter(number=number).exists()
