from django.db import migrations, models
from django.db.models import F, Q

from providers.migrating import AddIndexGently


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("messaging", "0011_booked_month")]

    operations = [
        AddIndexGently(
            "message",
            models.Index(
                fields=["id"],
                condition=Q(booked_month__isnull=False) & ~Q(status=F("booked_status")),
                name="message_booked_changed",
            ),
        ),
    ]
