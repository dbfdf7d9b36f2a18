from django.db import migrations

from smsops.console.roles import apply_roles


class Migration(migrations.Migration):
    dependencies = [("console", "0012_rights_of_opt_out_lists"), ("messaging", "0015_export_right")]

    operations = [migrations.RunPython(apply_roles, migrations.RunPython.noop)]
