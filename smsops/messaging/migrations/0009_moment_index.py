from django.db import migrations
from django.db.models.functions import Coalesce

from providers.indexing import MomentIndex
from providers.migrating import AddIndexGently


class Migration(migrations.Migration):
    """Figures count the messages of a day again and again."""

    atomic = False
    dependencies = [("messaging", "0008_resent_once")]
    operations = [
        AddIndexGently(
            "message",
            MomentIndex(Coalesce("provider_scheduled_for", "sent_at", "finished_at"), name="message_moment"),
        ),
    ]
