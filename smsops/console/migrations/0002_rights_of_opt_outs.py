from django.db import migrations

from smsops.console.roles import apply_roles


class Migration(migrations.Migration):
    dependencies = [
        ("console", "0001_roles"),
        ("inbox", "0002_opt_outs"),
    ]

    operations = [migrations.RunPython(apply_roles, migrations.RunPython.noop)]
