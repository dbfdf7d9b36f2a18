"""The pages of the sync: preview, confirm, watch, stop, decide; and who may do what."""

import pytest

from contacts.models import Contact
from contacts.syncing.models import SyncConflict, SyncRun
from contacts.syncing.tasks import run_sync
from providers.models import Account
from tests.contacts.syncing.people import both_agree, entry, ours, sync
from tests.people import client_of, make_person

BOOKS = "/admin/contacts/phonebooks/"
BUDI, SITI = "6281200000001", "6281200000002"


@pytest.fixture
def account(sandbox_account):
    return sandbox_account("smsmasking", name="Kantor")


@pytest.fixture
def approver(db):
    return client_of(make_person("Approver"))


def start(client, account, what="preview", **more):
    """Press the button, and let a worker do it; returns the run's page."""
    page = client.post(f"{BOOKS}{account.pk}/start/", {"what": what, **more})
    return work(client, page)


def work(client, page):
    url = page.headers["Location"]
    run_sync(int(url.rstrip("/").rsplit("/", 1)[-1]))
    return client.get(url)


def conflicting(account, book, count=3):
    """So many people whose name was changed on both sides."""
    book.seed(entries=[entry(f"62813000000{index:02d}", f"Orang {index}") for index in range(count)])
    sync(account)
    for each in list(book.entries.values()):
        book.edit(each.id, {"name": f"{each.name} T", "mobile": each.mobile, "group": "Bali"})
    for contact in Contact.objects.all():
        contact.name += " O"
        contact.save()
    sync(account)
    return list(SyncConflict.objects.order_by("id"))


def test_a_preview_lists_every_change_and_applies_it_once_confirmed(operator, account, book, add_contact):
    book.seed(entries=[entry(BUDI, "<b>Budi</b>")])
    add_contact("Siti", f"+{SITI}", groups=["Bali"])
    page = start(operator, account)
    text = page.content.decode()
    assert [(each.kind, each.planned) for each in page.context["kinds"]] == [("add_here", 1), ("add_there", 1)]
    assert [row.title for row, _lines in page.context["rows"]] == ["<b>Budi</b>"]
    assert "&lt;b&gt;Budi&lt;/b&gt;" in text
    assert "<b>Budi" not in text
    assert len(ours()) == len(book.entries) == 1
    run = page.context["run"]
    done = work(operator, operator.post(f"/admin/contacts/syncs/{run.pk}/confirm/"))
    assert done.context["run"].state == SyncRun.State.DONE
    assert both_agree(book)


def test_each_kind_of_change_has_a_list_of_its_own_page_by_page(operator, account, book):
    book.seed(entries=[entry(f"6281300000{index:03d}", f"Orang {index}") for index in range(60)])
    page = start(operator, account)
    url = page.request["PATH_INFO"]
    first = operator.get(url, {"kind": "add_here"})
    second = operator.get(url, {"kind": "add_here", "after": first.context["after"]})
    titles = [row.title for row, _lines in [*first.context["rows"], *second.context["rows"]]]
    assert len(titles) == len(set(titles)) == 60
    assert second.context["after"] is None


def test_the_run_page_asks_as_few_questions_for_many_changes(operator, account, book, django_assert_max_num_queries):
    book.seed(entries=[entry(f"6281300000{index:03d}", f"Orang {index}") for index in range(60)])
    url = start(operator, account).request["PATH_INFO"]
    with django_assert_max_num_queries(14):
        operator.get(url)
    with django_assert_max_num_queries(22):
        operator.get(BOOKS)


def test_only_an_approver_confirms_what_is_over_the_limit(operator, approver, account, book):
    book.seed(entries=[entry(f"62813000000{index:02d}", f"Orang {index}") for index in range(20)])
    sync(account)
    Contact.objects.all().delete()
    Account.objects.update(options={"deletion_limit_percent": "7.5"})
    page = start(operator, account, "apply")
    run = page.context["run"]
    assert run.waiting == 20
    assert "over_limit" not in page.content.decode()
    assert "deletions of more than 7.5% of a side, or more than 1,000 additions" in page.content.decode()
    confirm = f"/admin/contacts/syncs/{run.pk}/confirm/"
    assert operator.post(confirm, {"over_limit": "1"}).status_code == 403
    work(operator, operator.post(confirm))
    assert len(book.entries) == 20
    work(approver, approver.post(confirm, {"over_limit": "1"}))
    assert book.entries == {}
    later = SyncRun.objects.order_by("-pk").first()
    page = approver.get(f"/admin/contacts/syncs/{run.pk}/")
    assert page.context["later"] == later
    assert f"/syncs/{later.pk}/" in page.content.decode()
    assert 'name="over_limit"' not in page.content.decode()


def test_the_page_says_how_many_contacts_go_with_their_last_group(operator, account, book, add_contact):
    book.seed(entries=[entry(f"62813000000{index:02d}", f"Orang {index}") for index in range(20)])
    sync(account)
    Contact.objects.filter(name="Orang 7").update(attributes={"kota": "Solo"})
    for identifier in list(book.entries)[:10]:
        book.delete(identifier)
    page = start(operator, account)
    assert [(each.kind, each.planned, each.ends) for each in page.context["kinds"]] == [("leave_here", 10, 9)]
    assert "9 contacts are deleted with it" in page.content.decode()


def test_the_page_watches_a_run_and_stops_it(operator, account, book):
    url = operator.post(f"{BOOKS}{account.pk}/start/", {"what": "apply"}).headers["Location"]
    assert operator.get(f"{url}progress/").json()["poll_seconds"] == 2
    assert "Waits for a worker" in operator.get(url).content.decode()
    operator.post(f"{url}stop/")
    run_sync(SyncRun.objects.get().pk)
    assert operator.get(f"{url}progress/").json() | {"summary": ""} == {
        "state": "stopped", "total": 0, "done": 0, "summary": "", "poll_seconds": 0,
    }  # fmt: skip


def test_a_run_that_failed_says_what_became_of_both_sides(operator, account, book, add_contact):
    book.seed(entries=[entry(BUDI, "Budi")])
    book.fault("phbkGetList", "nonsense")
    text = start(operator, account, "apply").content.decode()
    assert "Nothing was changed on either side" in text
    add_contact("Siti", f"+{SITI}", groups=["Bali"])
    book.fault("phbkAdd", "nonsense", times=20)
    add_contact("Ani", "+6281200000003", groups=["Bali"])
    add_contact("Edi", "+6281200000004", groups=["Bali"])
    page = start(operator, account, "apply")
    assert page.context["run"].state == SyncRun.State.FAILED
    assert "What it did stays" in page.content.decode()


def test_a_second_press_shows_the_run_that_is_at_work(operator, account, book):
    first = operator.post(f"{BOOKS}{account.pk}/start/", {"what": "apply"})
    second = operator.post(f"{BOOKS}{account.pk}/start/", {"what": "apply"})
    assert first.headers["Location"] == second.headers["Location"]
    assert SyncRun.objects.count() == 1


def test_a_conflict_is_shown_side_by_side_and_carried_out_as_decided(operator, account, book):
    conflict = conflicting(account, book, 1)[0]
    page = operator.get(f"{BOOKS}{account.pk}/conflicts/")
    text = page.content.decode()
    assert all(word in text for word in ("Orang 0 O", "Orang 0 T", "Orang 0"))
    seen = page.context["rows"][0]["seen"]
    operator.post(f"{BOOKS}{account.pk}/decide/", {f"decision-{conflict.pk}": "theirs", f"seen-{conflict.pk}": seen})
    conflict.refresh_from_db()
    assert (conflict.decision, conflict.decided_by is None) == ("theirs", False)
    start(operator, account, "apply")
    assert Contact.objects.get().name == "Orang 0 T"


def test_where_only_conflicts_are_left_both_sides_do_not_agree(operator, account, book):
    conflicting(account, book, 1)
    for what in ("preview", "apply"):
        text = start(operator, account, what).content.decode()
        assert "nothing to do but the conflicts" in text
        assert "To the conflicts" in text
        assert "Both sides agree" not in text


def test_a_number_that_another_contact_has_says_so_and_leads_to_a_merge(operator, account, book):
    book.seed(entries=[entry(BUDI, "Budi"), entry(SITI, "Siti")])
    sync(account)
    budi = next(each for each in book.entries.values() if each.name == "Budi")
    book.edit(budi.id, {"name": "Budi", "mobile": SITI, "group": "Bali"})
    sync(account)
    row = operator.get(f"{BOOKS}{account.pk}/conflicts/").context["rows"][0]
    assert row["holder"] == Contact.objects.get(name="Siti")
    assert "the number of another contact here" in row["headline"]
    ids = f"{Contact.objects.get(name='Budi').pk},{row['holder'].pk}"
    assert f"merge/?ids={ids}" in operator.get(f"{BOOKS}{account.pk}/conflicts/").content.decode()


def test_a_page_that_asks_about_all_alike_leads_back_when_it_is_opened_again(operator, account, book):
    conflict = conflicting(account, book, 1)[0]
    page = operator.get(f"/admin/contacts/conflicts/{conflict.pk}/all/ours/")
    assert page.headers["Location"] == f"{BOOKS}{account.pk}/conflicts/"
    assert SyncConflict.objects.get().decision == ""


def test_what_was_not_carried_out_has_a_list_of_its_own(operator, account, book, add_contact):
    for mobile in (BUDI, SITI):
        add_contact(f"Orang {mobile}", f"+{mobile}", groups=["Bali"])
    book.fault("phbkAdd", "code:1706")
    page = start(operator, account, "apply")
    assert "?kind=troubles" in page.content.decode()
    shown = operator.get(page.wsgi_request.path, {"kind": "troubles"}).context["rows"]
    assert [row.number for row, _lines in shown] == [f"+{BUDI}"]


def test_a_decision_over_what_changed_meanwhile_is_not_kept(operator, account, book):
    conflict = conflicting(account, book, 1)[0]
    seen = operator.get(f"{BOOKS}{account.pk}/conflicts/").context["rows"][0]["seen"]
    SyncConflict.objects.update(theirs={"name": "Lain"})
    url = f"{BOOKS}{account.pk}/decide/"
    answer = operator.post(url, {f"decision-{conflict.pk}": "theirs", f"seen-{conflict.pk}": seen}, follow=True)
    assert "changed meanwhile" in answer.content.decode()
    assert SyncConflict.objects.get().decision == ""


def test_all_alike_are_decided_at_once_after_a_look(operator, account, book):
    conflict = conflicting(account, book)[0]
    SyncConflict.objects.create(
        account=account, subject="entry", remote_id="x", field="address", ours={"address": "1"}, theirs={"address": "2"}
    )
    url = f"/admin/contacts/conflicts/{conflict.pk}/all/ours/"
    asked = operator.post(url)
    assert "3 conflicts" in asked.content.decode()
    assert not SyncConflict.objects.exclude(decision="").exists()
    operator.post(url, dict(asked.context["hidden"]))
    assert SyncConflict.objects.filter(decision="ours", field="name").count() == 3
    assert SyncConflict.objects.filter(decision="").count() == 1
    start(operator, account, "apply")
    assert {each.name for each in book.entries.values()} == {"Orang 0 O", "Orang 1 O", "Orang 2 O"}


def test_what_is_left_alone_is_listed(operator, account, book, add_contact):
    book.seed(entries=[entry("021", "Kantor"), entry(BUDI, "Budi"), entry(BUDI, "Budi")])
    add_contact("Sendiri", f"+{SITI}")
    start(operator, account, "apply")
    shown = {
        kind: operator.get(f"{BOOKS}{account.pk}/left/", {"kind": kind}).context["rows"]
        for kind in ("unusable", "duplicate", "alone")
    }
    assert {kind: [row.name for row in rows] for kind, rows in shown.items()} == {
        "unusable": ["Kantor"], "duplicate": ["Budi"], "alone": ["Sendiri"],
    }  # fmt: skip
    assert operator.get(f"{BOOKS}{account.pk}/left/", {"kind": "nonsense"}).status_code == 404


@pytest.mark.parametrize("role", ["Support", None])
def test_staff_without_the_right_cannot_sync_confirm_stop_or_decide(role, account, book):
    conflict = conflicting(account, book, 1)[0]
    run = SyncRun.objects.order_by("-id").first()
    client = client_of(make_person(role))
    runs, calls = SyncRun.objects.count(), len(book.calls)
    for path in (
        f"phonebooks/{account.pk}/start/", f"syncs/{run.pk}/confirm/", f"syncs/{run.pk}/stop/",
        f"phonebooks/{account.pk}/decide/", f"conflicts/{conflict.pk}/all/ours/",
    ):  # fmt: skip
        assert client.post(f"/admin/contacts/{path}", {f"decision-{conflict.pk}": "ours"}).status_code == 403
    assert client.get(BOOKS).status_code == 403
    assert (SyncRun.objects.count(), len(book.calls)) == (runs, calls)


def test_an_account_without_a_phone_book_has_no_such_pages(operator, make_account):
    other = make_account("rajasms")
    assert operator.post(f"{BOOKS}{other.pk}/start/").status_code == 404
    assert other.name not in operator.get(BOOKS).content.decode()


def test_the_page_of_an_account_tells_of_its_conflicts(make_account, client_of):
    account, other = make_account(), make_account()
    for number in range(2):
        SyncConflict.objects.create(account=account, subject="entry", remote_id=str(number), field="name")
    page = client_of("Administrator").get(f"/admin/providers/account/{account.pk}/change/").content.decode()
    assert "2 conflicts with its phone book wait for a person." in page
    assert f"/admin/contacts/phonebooks/{account.pk}/conflicts/" in page
    SyncConflict.objects.update(decision="ours")
    page = client_of("Administrator").get(f"/admin/providers/account/{account.pk}/change/").content.decode()
    assert "with its phone book" not in page
    assert (
        "with its phone book"
        not in client_of("Administrator").get(f"/admin/providers/account/{other.pk}/change/").content.decode()
    )
