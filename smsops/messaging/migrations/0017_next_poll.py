from django.db import migrations, models
from django.db.models import Q

from providers.migrating import AddIndexGently, RemoveIndexGently


class Migration(migrations.Migration):
    """What nobody can be asked for stands in no queue of questions."""

    atomic = False
    dependencies = [("messaging", "0016_number_backwards")]
    operations = [
        AddIndexGently(
            "message",
            models.Index(
                fields=["account", "next_poll_at"],
                condition=Q(status="sent", next_poll_at__isnull=False),
                name="message_next_poll",
            ),
        ),
        RemoveIndexGently("message", "message_poll"),
    ]
