"""The operator of every number, in steps that nobody waits for, and the indexes, built while others write."""

import contacts.keys
from django.db import migrations, models

from providers.migrating import AddIndexGently, RemoveIndexGently
from providers.numbers import operator_of

STEP = 5000


def fill_operators(apps, schema_editor):
    """By number, of which the operator is a property, so that a row that moves meanwhile is not written wrongly."""
    rows = apps.get_model("contacts", "Contact").objects.using(schema_editor.connection.alias)
    last = 0
    while found := list(rows.filter(pk__gt=last).order_by("pk").values_list("pk", "mobile", "operator")[:STEP]):
        last = found[-1][0]
        numbers = {}
        for _pk, mobile, operator in found:
            if (right := operator_of(mobile)) != operator:
                numbers.setdefault(right, []).append(mobile)
        for operator, mobiles in numbers.items():
            rows.filter(mobile__in=mobiles).update(operator=operator)


class Migration(migrations.Migration):

    atomic = False

    dependencies = [
        ('contacts', '0002_operators_events_group_changes'),
    ]

    operations = [
        migrations.RunPython(fill_operators, migrations.RunPython.noop),
        RemoveIndexGently(
            model_name='contact',
            name='contact_name',
        ),
        AddIndexGently(
            model_name='contact',
            index=models.Index(contacts.keys.NameKey('name'), models.F('id'), condition=models.Q(('name', ''), _negated=True), name='contact_name_key'),
        ),
        AddIndexGently(
            model_name='contact',
            index=models.Index(fields=['operator', '-id'], name='contact_operator'),
        ),
        AddIndexGently(
            model_name='contact',
            index=models.Index(contacts.keys.BirthMonth('birth_date'), models.OrderBy(models.F('id'), descending=True), condition=models.Q(('birth_date', None), _negated=True), name='contact_birth_month'),
        ),
    ]
