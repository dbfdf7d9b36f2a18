from datetime import timedelta

from django.db import migrations
from django.db.models import Max
from django.utils import timezone

BATCH = 2000
SHOWN = 160
# What is older was looked at in the list of received messages, or never will be.
OPEN_FOR = timedelta(days=14)


def make_conversations(apps, schema_editor):
    """One for each number that has written, some thousand at a time; what is there already stays, so that an attempt
    that broke off is simply repeated."""
    inbound = apps.get_model("inbox", "InboundMessage")
    conversation = apps.get_model("inbox", "Conversation")
    open_since = timezone.now() - OPEN_FOR
    last, senders = "", inbound.objects.order_by("sender").values("sender").annotate(newest=Max("id"))
    while batch := list(senders.filter(sender__gt=last).values_list("sender", "newest")[:BATCH]):
        last = batch[-1][0]
        rows = inbound.objects.filter(pk__in=[newest for _sender, newest in batch])
        conversation.objects.bulk_create([_conversation(conversation, row, open_since) for row in rows], ignore_conflicts=True)
    if inbound.objects.filter(sender="").exists() and not conversation.objects.filter(number="").exists():
        row = inbound.objects.filter(sender="").order_by("-id").first()
        conversation.objects.bulk_create([_conversation(conversation, row, open_since)], ignore_conflicts=True)


def _conversation(model, row, open_since):
    line = " ".join(row.text[: SHOWN * 4].split())
    return model(
        number=row.sender,
        account_id=row.account_id,
        channel=row.channel,
        last_id=row.pk,
        last_text=line if len(line) <= SHOWN else f"{line[: SHOWN - 1]}…",
        last_inbound_at=row.received_at,
        is_done=row.created_at < open_since,
    )


class Migration(migrations.Migration):
    atomic = False
    dependencies = [("inbox", "0005_conversations")]
    operations = [migrations.RunPython(make_conversations, migrations.RunPython.noop)]
