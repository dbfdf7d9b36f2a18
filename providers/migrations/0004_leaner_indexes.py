from django.db import migrations, models
import django.db.models.deletion

from providers.migrating import AddIndexGently, drop_indexes


class Migration(migrations.Migration):
    """The indexes by account and number serve what those by account alone did: one write less for each callback."""

    atomic = False
    dependencies = [("providers", "0003_receipt_states")]
    operations = [
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.AlterField(
                    "calllog",
                    "account",
                    models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name="calls", to="providers.account", verbose_name="account"),
                ),
                migrations.AlterField(
                    "callbackreceipt",
                    "account",
                    models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name="receipts", to="providers.account", verbose_name="account"),
                ),
            ],
            database_operations=[
                drop_indexes("providers_callbackreceipt_account_id_c02345d1", "providers_calllog_account_id_3a521314")
            ],
        ),
        AddIndexGently(
            "callbackreceipt",
            models.Index(fields=["-id"], condition=models.Q(("kind", "inbox")), name="receipt_inbox"),
        ),
    ]
