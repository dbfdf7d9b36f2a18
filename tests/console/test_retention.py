"""Records go when their time is over, in small steps, and a dry run says which."""

from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import call_command
from django.db.models.functions import Now
from django.test import override_settings

from contacts.models import SyncAction, SyncRun
from providers.models import CallbackReceipt, CallLog
from smsops.console.models import LookupLog, Notice, RetentionRun
from smsops.console.retention.pruning import CHUNK, count_old, prune_old
from tests.people import client_of, make_person

pytestmark = pytest.mark.django_db
EVERYTHING = {f"{name}_KEPT_DAYS": 10 for name in ("CALLS", "RECEIPTS", "LOOKUPS", "SYNC_STEPS", "NOTICES")}


@pytest.fixture
def records(make_account):
    """An old and a young one of everything."""
    account = make_account()
    for days in (20, 1):
        at = Now() - timedelta(days=days)
        CallLog.objects.create(account=account, started_at=at, name="send", method="GET", url="http://x")
        LookupLog.objects.create(kind="name", term="x", at=at)
        Notice.objects.create(kind="uncertain", subject=f"{days}", opened_at=at, closed_at=at)
        CallbackReceipt.objects.create(account=account, kind="reports", state="applied", received_at=at)
        run = SyncRun.objects.create(account=account, state="done", started_at=at)
        SyncAction.objects.create(run=run, position=1)
    return account


def counts():
    return [model.objects.count() for model in (CallLog, LookupLog, Notice, CallbackReceipt, SyncAction)]


@override_settings(**EVERYTHING)
def test_what_is_too_old_goes_and_the_rest_stays(records):
    expected = dict.fromkeys(("calls", "receipts", "look-ups", "syncs", "notices"), 1)
    assert count_old() == expected | {"downloads": 0}
    assert counts() == [2] * 5
    assert prune_old(seconds=60) == expected
    assert counts() == [1] * 5
    assert prune_old(seconds=60) == {}
    assert RetentionRun.objects.get().deleted == expected
    assert SyncRun.objects.count() == 2


@override_settings(**dict.fromkeys(EVERYTHING, 0))
def test_nought_keeps_for_ever(records):
    assert count_old() == prune_old(seconds=60) == {}
    assert counts() == [2] * 5


@override_settings(**EVERYTHING)
def test_what_still_waits_for_something_is_kept(make_account):
    at = Now() - timedelta(days=20)
    for state in ("waiting", "stuck"):
        CallbackReceipt.objects.create(account=make_account(), kind="reports", state=state, received_at=at)
    Notice.objects.create(kind="uncertain", subject="open", opened_at=at)
    assert prune_old(seconds=60) == {}


@override_settings(**EVERYTHING)
def test_it_ends_when_its_time_is_over_and_goes_on_later():
    old = [LookupLog(kind="name", term="x", at=Now() - timedelta(days=20)) for _each in range(CHUNK + 5)]
    LookupLog.objects.bulk_create(old)
    assert prune_old(seconds=0) == {}
    assert prune_old(seconds=60) == {"look-ups": CHUNK + 5}


@override_settings(**EVERYTHING | {"CALLS_KEPT_DAYS": 0})
def test_a_dry_run_says_what_would_go_and_deletes_nothing(records):
    out = StringIO()
    call_command("prune", "--dry-run", stdout=out)
    assert "Look-ups: 1 would go (kept for 10 days)" in out.getvalue()
    assert "Call log: kept for ever" in out.getvalue()
    assert counts() == [2] * 5
    call_command("prune", stdout=out)
    assert "Look-ups: 1 deleted" in out.getvalue()
    assert counts() == [2, 1, 1, 1, 1]


@override_settings(**EVERYTHING)
def test_administrators_see_what_went(records):
    prune_old(seconds=60)
    page = "/admin/console/retentionrun/"
    assert "Look-ups: 1" in client_of(make_person("Administrator")).get(page).content.decode()
    assert client_of(make_person("Operator")).get(page).status_code == 403
