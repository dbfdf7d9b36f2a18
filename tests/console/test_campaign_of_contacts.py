"""A campaign to people who were picked from the list of contacts."""

from contacts.models import Contact
from smsops.messaging.models import AudienceEntry, Campaign
from tests.people import client_of, make_person


def pick(client, contacts):
    data = {"action": "write_campaign", "_selected_action": [contact.pk for contact in contacts]}
    return client.post("/admin/contacts/contact/", data)


def test_picked_contacts_become_a_draft_and_stay_through_its_saves(make_account):
    account = make_account()
    people = [Contact.objects.create(mobile=f"+628120000000{number}") for number in range(3)]
    client = client_of(make_person("Operator"))
    response = pick(client, people[:2])
    campaign = Campaign.objects.get()
    assert response.url.endswith(f"/campaigns/{campaign.pk}/edit/")
    assert campaign.told["verdicts"]["good"] == 2
    saved = {
        "version": campaign.version, "name": "Promo", "account": account.pk, "channel": "sms", "kind": "promotional",
        "text": "Halo", "when": "now", "valid_hours": "24", "keep_contacts": "on", "zone": "WIB",
    }  # fmt: skip
    client.post(response.url, saved)
    numbers = AudienceEntry.objects.filter(verdict="good").values_list("recipient", flat=True)
    assert sorted(numbers) == [person.mobile for person in people[:2]]


def test_who_may_not_send_is_not_offered_it(make_account):
    make_account()
    contact = Contact.objects.create(mobile="+6281200000000")
    pick(client_of(make_person("Support")), [contact])
    assert Campaign.objects.count() == 0
