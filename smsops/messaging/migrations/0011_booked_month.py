from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [("messaging", "0010_group_call")]

    # Empty columns: nothing is rewritten, however many messages there are.
    operations = [
        migrations.AddField("message", "booked_code", models.CharField(editable=False, max_length=50, null=True)),
        migrations.AddField("message", "booked_month", models.DateField(editable=False, null=True)),
        migrations.AddField(
            "message", "booked_price", models.DecimalField(decimal_places=4, editable=False, max_digits=14, null=True)
        ),
        migrations.AddField("message", "booked_status", models.CharField(editable=False, max_length=11, null=True)),
    ]
