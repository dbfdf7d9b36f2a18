"""What the migration fills in for contacts that were there before it."""

from importlib import import_module

from django.apps import apps
from django.db import connection

from contacts.models import Contact

migration = import_module("contacts.migrations.0003_fill_operators")


def fill():
    migration.fill_operators(apps, connection.schema_editor())


def test_every_number_gets_its_operator_over_several_steps(db):
    numbers = [f"+62812{number:08d}" for number in range(migration.STEP + 3)]
    Contact.objects.bulk_create(Contact(mobile=number) for number in numbers)
    Contact.objects.create(mobile="+6289612345006", operator="Somebody else")
    Contact.objects.create(mobile="+14155552671")
    fill()
    counts = {
        name: Contact.objects.filter(operator=name).count() for name in ("Telkomsel", "Indosat Ooredoo Hutchison", "")
    }
    assert counts == {"Telkomsel": len(numbers), "Indosat Ooredoo Hutchison": 1, "": 1}


def test_a_second_run_writes_nothing(db, django_assert_num_queries):
    Contact.objects.create(mobile="+6281234567890", operator="Telkomsel")
    with django_assert_num_queries(2):
        fill()
