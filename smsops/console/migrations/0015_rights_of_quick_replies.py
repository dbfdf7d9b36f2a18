from django.db import migrations

from smsops.console.roles import apply_roles


class Migration(migrations.Migration):
    dependencies = [("console", "0014_clean_ups"), ("inbox", "0011_quick_replies")]
    operations = [migrations.RunPython(apply_roles, migrations.RunPython.noop)]
