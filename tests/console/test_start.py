"""The start page."""

import pytest
from django.urls import reverse

from providers.models import CallbackReceipt


def test_it_shows_what_waits_with_a_link_to_its_list(client_of, make_account, queue_messages):
    queue_messages(make_account(), 3)
    page = client_of("Operator").get(reverse("admin:index")).content.decode()
    assert 'status__exact=queued">3</a>' in page


def test_what_is_just_being_sent_is_not_lost_from_sight(client_of, make_account, queue_messages):
    account = make_account()
    queue_messages(account, 3)
    queue_messages(account, ["+6281200000011", "+6281200000012"], status="sending")
    client = client_of("Operator")
    page = client.get(reverse("admin:index")).content.decode()
    assert 'status__exact=queued">3</a>' in page
    assert 'status__exact=sending">2</a>' in page
    lists = [each for each in client.get(reverse("admin:index")).context["figures"] if "status__exact" in each.url]
    assert len(lists) == 3
    for figure in lists:
        assert len(client.get(figure.url).context["cl"].result_list) == int(figure.text)


@pytest.mark.parametrize(("role", "is_told"), [("Support", True), ("Administrator", True), ("Operator", False)])
def test_it_leads_to_callbacks_that_need_a_person(client_of, make_account, role, is_told):
    CallbackReceipt.objects.create(account=make_account(), kind="reports", state="stuck")
    page = client_of(role).get(reverse("admin:index")).content.decode()
    assert ('state__exact=stuck">1</a>' in page) is is_told


def test_it_is_silent_of_callbacks_where_none_needs_a_person(client_of, make_account):
    CallbackReceipt.objects.create(account=make_account(), kind="reports", state="waiting")
    assert "stuck" not in client_of("Administrator").get(reverse("admin:index")).content.decode()


def test_it_costs_the_same_however_many_messages_and_accounts(
    client_of, make_account, queue_messages, django_assert_num_queries
):
    client = client_of("Operator")
    client.get(reverse("admin:index"))
    queue_messages(make_account(), 2)
    with django_assert_num_queries(10):
        client.get(reverse("admin:index"))
    for _ in range(5):
        queue_messages(make_account(), 20)
    with django_assert_num_queries(10):
        client.get(reverse("admin:index"))


def test_it_shows_support_no_button_to_write(client_of):
    page = client_of("Support").get(reverse("admin:index")).content.decode()
    assert reverse("messaging:compose") not in page


def test_it_leads_a_first_administrator_to_the_first_account(client_of):
    page = client_of("Administrator").get(reverse("admin:index")).content.decode()
    assert reverse("admin:providers_account_add") in page
