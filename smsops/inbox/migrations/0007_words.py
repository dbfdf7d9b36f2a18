from django.db import migrations


def make_index(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute("DROP INDEX CONCURRENTLY IF EXISTS inbound_words")
        schema_editor.execute(
            "CREATE INDEX CONCURRENTLY inbound_words ON inbox_inboundmessage USING gin (to_tsvector('simple', text))"
        )


def drop_index(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute("DROP INDEX CONCURRENTLY IF EXISTS inbound_words")


class Migration(migrations.Migration):
    """An index of the words that were received, which other databases do not have."""

    atomic = False
    dependencies = [("inbox", "0006_conversations_so_far")]
    operations = [migrations.RunPython(make_index, drop_index)]
