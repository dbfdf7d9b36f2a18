"""Contacts and groups for the tests of their pages."""

import pytest

from contacts.models import Contact, Group
from contacts.services import create_contact
from tests.people import client_of, make_person


@pytest.fixture
def operator(db):
    return client_of(make_person("Operator"))


@pytest.fixture
def add_contact(db):
    """Make a contact; each gets a number of its own: `add_contact("Budi", groups=["Bali"])`."""

    def add(name="", mobile=None, groups=(), **fields):
        mobile = mobile or f"+62812{Contact.objects.count():08d}"
        contact = create_contact(contact=Contact(name=name, mobile=mobile, **fields))
        contact.groups.set([Group.objects.get_or_create(name=group)[0] for group in groups])
        return contact

    return add


def names_on(response):
    return [contact.name for contact in response.context["cl"].result_list]
