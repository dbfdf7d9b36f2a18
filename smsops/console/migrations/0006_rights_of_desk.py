from django.db import migrations

from smsops.console.roles import apply_roles


class Migration(migrations.Migration):
    dependencies = [("console", "0005_phonebook_rights"), ("messaging", "0005_uncertain_desk")]

    operations = [migrations.RunPython(apply_roles, migrations.RunPython.noop)]
