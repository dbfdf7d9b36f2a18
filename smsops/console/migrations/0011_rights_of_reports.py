from django.db import migrations

from smsops.console.roles import apply_roles


class Migration(migrations.Migration):
    dependencies = [("console", "0010_rights_of_keywords"), ("reports", "0003_monthly_reports")]

    operations = [migrations.RunPython(apply_roles, migrations.RunPython.noop)]
