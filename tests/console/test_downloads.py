"""Whoever takes a file away is written down."""

import pytest
from django.urls import reverse

from smsops.console.models import DownloadLog
from smsops.inbox.models import Suppression
from tests.people import client_of, make_person

pytestmark = pytest.mark.django_db
LIST = "/admin/console/downloadlog/"


def test_a_download_is_in_the_list_with_who_what_and_which_filter():
    Suppression.objects.create(number="+6281290000001")
    person = make_person("Administrator")
    client = client_of(person)
    address = reverse("inbox:suppression_export_csv")
    assert client.get(address + "?reason=stop").status_code == 200
    row = DownloadLog.objects.get()
    assert (row.actor, row.page, row.filter) == (person, address, "reason=stop")
    assert row.file_name.endswith(".csv")
    assert row.file_name in client.get(LIST).content.decode()


def test_pages_are_no_downloads_and_a_refused_one_is_not_listed():
    client = client_of(make_person("Support"))
    assert client.get(reverse("inbox:suppression_export_csv")).status_code == 403
    assert client.get("/admin/").status_code == 200
    assert not DownloadLog.objects.exists()
    assert client.get(LIST).status_code == 403
