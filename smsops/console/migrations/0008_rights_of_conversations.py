from django.db import migrations

from smsops.console.roles import apply_roles


class Migration(migrations.Migration):
    dependencies = [("console", "0007_look_up"), ("inbox", "0005_conversations")]
    operations = [migrations.RunPython(apply_roles, migrations.RunPython.noop)]
