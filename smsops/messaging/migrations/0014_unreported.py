from django.db import migrations, models
from django.db.models import Q

from providers.migrating import AddIndexGently


class Migration(migrations.Migration):
    """The list of what nobody has reported on read all that came since."""

    atomic = False
    dependencies = [("messaging", "0013_splits")]
    operations = [
        AddIndexGently("message", models.Index(fields=["-id"], condition=Q(status="sent"), name="message_unreported")),
    ]
