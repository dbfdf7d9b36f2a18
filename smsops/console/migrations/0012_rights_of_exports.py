from django.db import migrations

from smsops.console.roles import apply_roles


class Migration(migrations.Migration):
    dependencies = [("console", "0011_rights_of_reports"), ("messaging", "0014_export_right")]

    operations = [migrations.RunPython(apply_roles, migrations.RunPython.noop)]
