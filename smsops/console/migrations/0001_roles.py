from django.db import migrations

from smsops.console.roles import apply_roles


class Migration(migrations.Migration):
    dependencies = [
        ("admin", "0003_logentry_add_action_flag_choices"),
        ("auth", "0012_alter_user_first_name_max_length"),
        ("axes", "0001_initial"),
        ("contacts", "0001_initial"),
        ("contenttypes", "0002_remove_content_type_name"),
        ("inbox", "0001_initial"),
        ("messaging", "0002_room_for_updates"),
        ("providers", "0001_initial"),
    ]

    operations = [migrations.RunPython(apply_roles, migrations.RunPython.noop)]
