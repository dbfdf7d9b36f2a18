from django.db import migrations

from smsops.console.roles import apply_roles


class Migration(migrations.Migration):
    dependencies = [("console", "0004_rights_of_campaigns"), ("contacts", "0006_phonebook")]

    operations = [migrations.RunPython(apply_roles, migrations.RunPython.noop)]
