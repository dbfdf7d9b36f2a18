import contacts.keys
from django.db import migrations, models
from django.db.models import F

from providers.migrating import AddIndexGently, RemoveIndexGently


class Migration(migrations.Migration):
    """One index of the number from its end serves whoever knows all of it, and whoever knows its last digits: each
    message passes all indexes of its table twice while it is sent."""

    atomic = False
    dependencies = [("messaging", "0015_export_right")]
    operations = [
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.AlterField(
                    "message", "recipient", contacts.keys.NumberField(max_length=20, verbose_name="recipient")
                )
            ]
        ),
        AddIndexGently(
            "message",
            models.Index(contacts.keys.Backwards("recipient"), F("id").desc(), name="message_number"),
        ),
        RemoveIndexGently("message", "message_recipient"),
        RemoveIndexGently("message", "message_last_digits"),
    ]
