from django.db import migrations, models
from django.db.models import Q

from providers.migrating import AddIndexGently, RemoveIndexGently, drop_indexes


class Migration(migrations.Migration):
    """Lists of a campaign's messages come in their order; the indexes for LIKE beside those of the ids are never asked."""

    atomic = False
    dependencies = [("messaging", "0002_room_for_updates"), ("providers", "0004_leaner_indexes")]
    operations = [
        AddIndexGently(
            "message",
            models.Index(fields=["campaign", "status", "-id"], condition=~Q(campaign=None), name="message_campaign"),
        ),
        RemoveIndexGently("message", "message_campaign_status"),
        AddIndexGently("message", models.Index(fields=["-id"], condition=Q(channel="whatsapp"), name="message_whatsapp")),
        drop_indexes(
            "messaging_message_reference_b6284bf7_like",
            "messaging_pendingreport_provider_message_id_7784f06a_like",
        ),
    ]
