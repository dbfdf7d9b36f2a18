"""The start page in a real browser."""

from django.utils import timezone
from playwright.sync_api import expect

from smsops.messaging.models import Campaign, Message
from smsops.messaging.sending.queue import write_events
from smsops.reports.rollup_following import catch_up

LAST_BAR = "Chart.getChart(document.querySelector('#dash-days canvas')).data.datasets[0].data.at(-1)"


def deliver(messages):
    ids = [message.pk for message in messages]
    now = timezone.now()
    Message.objects.filter(pk__in=ids).update(status="delivered", sent_at=now, finished_at=now)
    write_events(ids, status="delivered", text="")
    catch_up(seconds=60)


def test_it_keeps_itself_up_to_date_and_draws_its_charts(page, site, log_in, make_account, queue_messages):
    account = make_account()
    deliver(queue_messages(account, 3))
    log_in("Administrator")
    page.goto(f"{site}/admin/")
    today = page.get_by_role("region", name="Today", exact=True)
    expect(today.get_by_role("link", name="3 Delivered")).to_be_visible()
    assert page.evaluate(LAST_BAR) == 3
    page.get_by_text("As a table").last.click()
    expect(page.get_by_role("table", name="The last 14 days")).to_be_visible()
    deliver(queue_messages(account, ["+6281200000077", "+6281200000078"]))
    page.evaluate("document.activeElement.blur(); document.dispatchEvent(new Event('visibilitychange'))")
    expect(today.get_by_role("link", name="5 Delivered")).to_be_visible()
    expect(page.get_by_role("table", name="The last 14 days")).to_be_visible()
    assert page.evaluate(LAST_BAR) == 5


# Where the last letter of what stands behind a campaign's name ends, less where its first begins.
RUN = """(label) => {
    const text = label.firstChild, range = document.createRange();
    const left = (at) => (range.setStart(text, at), range.setEnd(text, at + 1), range.getBoundingClientRect().left);
    return left(text.length - 1) - left(0);
}"""


def test_a_name_that_turns_the_writing_around_turns_only_itself(page, site, log_in, people, make_account):
    account, author = make_account(), people["Administrator"]
    Campaign.objects.create(name="\u202eLambat", account=account, created_by=author, status="running")
    log_in("Administrator")
    page.goto(f"{site}/admin/")
    assert page.locator("#dash-campaigns li .sms-label").evaluate(RUN) > 0


def test_it_fits_a_phone_in_the_dark(new_page, site, log_in, make_account, queue_messages):
    deliver(queue_messages(make_account(), 3))
    phone = new_page(dark=True, width=390, height=844)
    log_in("Administrator", on=phone)
    phone.goto(f"{site}/admin/")
    expect(phone.locator("#dash-hours canvas")).to_be_visible()
    assert phone.evaluate("document.documentElement.scrollWidth") <= 390
