from django.db import migrations

from smsops.console.roles import apply_roles


class Migration(migrations.Migration):
    dependencies = [
        ("console", "0002_rights_of_opt_outs"),
        ("contacts", "0004_imports"),
    ]

    operations = [migrations.RunPython(apply_roles, migrations.RunPython.noop)]
