from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("messaging", "0001_initial")]

    operations = [
        migrations.AlterModelOptions(
            name="message",
            options={
                "ordering": ["-id"],
                "permissions": [
                    ("send_message", "Can write and send messages"),
                    ("cancel_message", "Can cancel waiting messages"),
                    ("release_outbox", "Can hold and release the outbox"),
                    ("view_otp", "Can read the codes in OTP messages"),
                ],
                "verbose_name": "message",
                "verbose_name_plural": "messages",
            },
        ),
    ]
