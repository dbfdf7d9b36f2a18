"""The pages of templates and prices."""

from decimal import Decimal

import pytest

from smsops.messaging.models import Price, Template
from tests.people import client_of, form_values, make_person

ADD = "/admin/messaging/template/add/"


def page_of(template):
    return f"/admin/messaging/template/{template.pk}/change/"


@pytest.fixture
def rina(db):
    return make_person("Operator", username="rina")


def test_a_new_template_belongs_to_who_wrote_it(rina):
    client_of(rina).post(ADD, {"name": "Promo", "folder": " Toko  Bandung", "text": "Halo {name|Anda}\x07"})
    template = Template.objects.get()
    assert (template.owner, template.folder, template.text) == (rina, "Toko Bandung", "Halo {name|Anda}")


@pytest.mark.parametrize("text", ["", "   ", "Halo {name", "Halo }"])
def test_a_text_that_cannot_be_sent_is_no_template(rina, text):
    assert client_of(rina).post(ADD, {"name": "Promo", "text": text}).status_code == 200
    assert Template.objects.count() == 0


def test_two_templates_of_one_name_need_two_folders(rina):
    client = client_of(rina)
    for folder in ("Toko", "toko", "Klinik"):
        client.post(ADD, {"name": "Promo", "folder": folder, "text": "Halo"})
    assert sorted(Template.objects.values_list("folder", flat=True)) == ["Klinik", "Toko"]


def test_the_template_of_another_can_be_read_but_not_changed(rina):
    template = Template.objects.create(name="Promo", text="Halo", owner=rina)
    other = client_of(make_person("Operator"))
    assert "Halo" in other.get(page_of(template)).content.decode()
    assert other.post(page_of(template), {"name": "x", "text": "y"}).status_code == 403
    assert other.post(f"/admin/messaging/template/{template.pk}/delete/", {"post": "yes"}).status_code == 403


def test_who_looks_after_templates_changes_any(rina):
    template = Template.objects.create(name="Promo", text="Halo", owner=rina)
    client = client_of(make_person("Approver"))
    values = form_values(client.get(page_of(template))) | {"text": "Hai"}
    client.post(page_of(template), values)
    template.refresh_from_db()
    assert (template.text, template.owner) == ("Hai", rina)


def test_many_are_deleted_only_by_who_looks_after_them(rina):
    template = Template.objects.create(name="Promo", text="Halo", owner=rina)
    data = {"action": "delete_selected", "_selected_action": template.pk, "post": "yes"}
    client_of(make_person("Operator")).post("/admin/messaging/template/", data)
    assert Template.objects.exists()


def test_an_administrator_enters_a_price(make_account):
    account = make_account()
    data = {
        "account": account.pk, "channel": "sms", "operator": "Telkomsel", "valid_from": "2026-11-21", "price": "375.5",
    }  # fmt: skip
    client = client_of(make_person("Administrator"))
    client.post("/admin/messaging/price/add/", data)
    assert Price.objects.get().price == Decimal("375.5")
    assert "Rp 375,50" in client.get("/admin/messaging/price/").content.decode()
    assert client_of(make_person("Operator")).post("/admin/messaging/price/add/", data).status_code == 403
