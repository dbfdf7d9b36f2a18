from django.db import migrations

from smsops.console.roles import apply_roles


class Migration(migrations.Migration):
    dependencies = [
        ("console", "0003_import_export_rights"),
        ("messaging", "0004_campaigns"),
    ]

    operations = [migrations.RunPython(apply_roles, migrations.RunPython.noop)]
