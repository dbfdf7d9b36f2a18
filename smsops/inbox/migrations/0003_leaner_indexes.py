from django.db import migrations, models
import django.db.models.deletion

from providers.migrating import AddIndexGently, drop_indexes


class Migration(migrations.Migration):
    """What the list of received messages asks by; the index for LIKE beside the fingerprint's is never asked."""

    atomic = False
    dependencies = [("inbox", "0002_opt_outs"), ("providers", "0004_leaner_indexes")]
    operations = [
        AddIndexGently("inboundmessage", models.Index(fields=["account", "-id"], name="inbound_account")),
        AddIndexGently(
            "inboundmessage",
            models.Index(fields=["-id"], condition=models.Q(("channel", "whatsapp")), name="inbound_whatsapp"),
        ),
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.AlterField(
                    "inboundmessage",
                    "account",
                    models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name="inbound", to="providers.account", verbose_name="account"),
                ),
            ],
            database_operations=[
                drop_indexes(
                    "inbox_inboundmessage_account_id_1ab03626", "inbox_inboundmessage_fingerprint_b1227180_like"
                )
            ],
        ),
    ]
