from django.db import migrations


def leave_room(apps, schema_editor):
    """Each message is updated a few times within minutes: room on its page keeps that from touching its indexes."""
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute("ALTER TABLE messaging_message SET (fillfactor = 60)")


class Migration(migrations.Migration):
    dependencies = [("messaging", "0001_initial")]
    operations = [migrations.RunPython(leave_room, migrations.RunPython.noop)]
