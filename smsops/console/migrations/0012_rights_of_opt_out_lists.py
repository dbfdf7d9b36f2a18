from django.db import migrations

from smsops.console.roles import apply_roles


class Migration(migrations.Migration):
    dependencies = [("console", "0011_rights_of_reports"), ("inbox", "0010_import_of_opt_outs")]
    operations = [migrations.RunPython(apply_roles, migrations.RunPython.noop)]
