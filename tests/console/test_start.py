"""The start page."""

from django.urls import reverse


def test_it_shows_what_waits_with_a_link_to_its_list(client_of, make_account, queue_messages):
    queue_messages(make_account(), 3)
    page = client_of("Operator").get(reverse("admin:index")).content.decode()
    assert 'status__exact=queued">3</a>' in page


def test_it_costs_the_same_however_many_messages_and_accounts(
    client_of, make_account, queue_messages, django_assert_num_queries
):
    client = client_of("Operator")
    client.get(reverse("admin:index"))
    queue_messages(make_account(), 2)
    with django_assert_num_queries(9):
        client.get(reverse("admin:index"))
    for _ in range(5):
        queue_messages(make_account(), 20)
    with django_assert_num_queries(9):
        client.get(reverse("admin:index"))


def test_it_shows_support_no_button_to_write(client_of):
    page = client_of("Support").get(reverse("admin:index")).content.decode()
    assert reverse("messaging:compose") not in page


def test_it_leads_a_first_administrator_to_the_first_account(client_of):
    page = client_of("Administrator").get(reverse("admin:index")).content.decode()
    assert reverse("admin:providers_account_add") in page
