from django.db import migrations, models
from django.db.models import Q

from providers.migrating import AddIndexGently


class Migration(migrations.Migration):
    """How many messages of a campaign went on by which other way, without reading all of them."""

    atomic = False
    dependencies = [("messaging", "0017_next_poll")]
    operations = [
        AddIndexGently(
            "message",
            models.Index(
                fields=["campaign", "account", "channel", "operator"],
                condition=~Q(campaign=None) & ~Q(resend_of=None),
                name="message_further_try",
            ),
        ),
    ]
