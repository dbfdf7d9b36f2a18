from django.db import migrations

# (word, language) as `matching.normalise` writes words.
STOP = [
    ("stop", ""), ("berhenti", "id"), ("unreg", "id"), ("keluar", "id"), ("stop promo", "id"), ("stop sms", "id"),
    ("stop wa", "id"), ("unreg promo", "id"), ("berhenti promo", "id"), ("unsubscribe", "en"), ("stop all", "en"),
    ("stopall", "en"), ("opt out", "en"),
]
START = [("start", "en"), ("unstop", "en"), ("daftar", "id"), ("mulai", "id")]


def add_keywords(apps, schema_editor):
    keyword = apps.get_model("inbox", "Keyword")
    for action, words in (("stop", STOP), ("start", START)):
        for word, language in words:
            keyword.objects.get_or_create(word=word, account=None, defaults={"action": action, "language": language})


class Migration(migrations.Migration):
    """The words that people write to get no more; a company changes them at will."""

    dependencies = [("inbox", "0008_keywords")]
    operations = [migrations.RunPython(add_keywords, migrations.RunPython.noop)]
