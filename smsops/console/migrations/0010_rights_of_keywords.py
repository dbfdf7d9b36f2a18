from django.db import migrations

from smsops.console.roles import apply_roles


class Migration(migrations.Migration):
    dependencies = [("console", "0009_notices"), ("inbox", "0008_keywords")]
    operations = [migrations.RunPython(apply_roles, migrations.RunPython.noop)]
