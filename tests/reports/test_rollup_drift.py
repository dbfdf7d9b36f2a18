"""Roll-ups never drift: whatever happens to messages, and wherever a worker dies, a rebuild finds nothing to mend."""

import random
import threading
from datetime import timedelta
from decimal import Decimal

import pytest
from django.contrib.auth.models import User
from django.db import connection, transaction
from django.utils import timezone

from providers.types import DeliveryReport, ReportStatus
from smsops.messaging.delivery import apply_reports
from smsops.messaging.desk.deciding import Decision, decide_messages
from smsops.messaging.models import Message, MessageEvent
from smsops.messaging.opt_outs import suppress_messages
from smsops.messaging.sending import hotpath
from smsops.messaging.sending.hotpath import Settlement
from smsops.messaging.sending.queue import claim, lapse_messages, release
from smsops.messaging.sending.recovery import recover_claims
from smsops.messaging.services import cancel_messages
from smsops.reports.models import DailyFigure, HourlyFigure, StaleDay
from smsops.reports.rollup import all_days, mark_days
from smsops.reports.rollup_counting import count_day
from smsops.reports.rollup_following import catch_up, mark_what_came, rebuild

REPORTS = (ReportStatus.DELIVERED, ReportStatus.UNDELIVERED, ReportStatus.EXPIRED, ReportStatus.REJECTED)


def differences():
    return [each for _, found in rebuild() for each in found]


class World:
    """What may happen to messages, one step at a time."""

    def __init__(self, account, queue, seed):
        self.account, self.queue, self.random = account, queue, random.Random(seed)
        self.actor = User.objects.create_user(f"actor-{seed}", is_staff=True)
        self.made = 0

    def write(self):
        count = self.random.randint(1, 6)
        self.made += count
        numbers = [f"+62812{self.made - n:08d}" for n in range(count)]
        operator = self.random.choice(["Telkomsel", "XL", ""])
        self.queue(self.account, numbers, operator=operator, created_by=self.random.choice([None, self.actor]))

    def send(self):
        """Claimed and settled, each row as it comes; some are given back."""
        claim_id = hotpath.uuid.uuid4()
        rows = claim(account_id=self.account.pk, limit=self.random.randint(1, 8), claim_id=claim_id)
        ids = hotpath.mark(ids=[row.id for row in rows], claim_id=claim_id, half_lease=60) if rows else set()
        outcomes = ("sent", "sent", "sent", "failed", "uncertain", "queued")
        settlements = [
            Settlement(
                row.id, outcome, f"P{row.id}" if outcome == "sent" else "", code=self.random.choice(["", "17"]),
                price=self.random.choice([None, Decimal("350.5")]), has_event=outcome != "queued",
            )
            for row in rows if row.id in ids for outcome in [self.random.choice(outcomes)]
        ]  # fmt: skip
        with transaction.atomic():
            if settlements:
                hotpath.settle(account_id=self.account.pk, claim_id=claim_id, settlements=settlements)
        release(claim_id=claim_id)

    def report(self):
        newest = Message.objects.exclude(provider_message_id="").order_by("?")[:4]
        told = [
            DeliveryReport(message.provider_message_id, self.random.choice(REPORTS), price=Decimal(400))
            for message in newest
        ]
        apply_reports(account=self.account, reports=told, source="callback")

    def decide(self):
        decision = self.random.choice([Decision.WENT_OUT, Decision.DID_NOT, Decision.LEAVE, Decision.RESEND])
        rows = Message.objects.filter(status="uncertain")
        last = Message.objects.order_by("-pk").first()
        if last:
            decide_messages(rows=rows, decision=decision, reason="seen", actor=self.actor, up_to=last.pk)

    def die(self):
        """A worker claims, marks, and is never heard of again."""
        claim_id = hotpath.uuid.uuid4()
        rows = claim(account_id=self.account.pk, limit=3, claim_id=claim_id)
        if rows:
            hotpath.mark(ids=[row.id for row in rows], claim_id=claim_id, half_lease=60)
        long_ago = timezone.now() - timedelta(hours=1)
        Message.objects.filter(status="sending").update(claimed_at=long_ago)
        recover_claims()

    def speak_late(self):
        """A stalled worker gives back what was held to be uncertain meanwhile, and leaves no event."""
        message = Message.objects.filter(status="uncertain", claim_id__isnull=False).first()
        if message:
            back = Settlement(message.pk, "queued", has_event=False)
            with transaction.atomic():
                hotpath.settle(account_id=self.account.pk, claim_id=message.claim_id, settlements=[back])

    def waiting(self):
        return Message.objects.filter(status="queued").values_list("pk", flat=True)

    def end(self):
        self.random.choice(
            [
                lambda: cancel_messages(Message.objects.filter(pk__in=list(self.waiting()[:2])), self.actor),
                lambda: suppress_messages(numbers=[f"+62812{self.random.randint(0, self.made):08d}"]),
                lambda: Message.objects.filter(status="queued").update(expires_at=timezone.now()),
                lapse_messages,
            ]
        )()

    def anonymise(self):
        """What retention does to old rows."""
        Message.objects.filter(status="delivered").update(text="", recipient="+628")

    def age(self):
        """Some of what was done lies days back, its events being new."""
        ids = list(
            Message.objects.exclude(status__in=("queued", "sending")).order_by("?").values_list("pk", flat=True)[:3]
        )
        back = timedelta(hours=self.random.randint(1, 60))
        mark_what_came()
        for message in Message.objects.filter(pk__in=ids):
            for name in ("sent_at", "finished_at", "attempted_at", "doubtful_since"):
                if value := getattr(message, name):
                    setattr(message, name, value - back)
            message.save(update_fields=["sent_at", "finished_at", "attempted_at", "doubtful_since"])
        mark_days(all_days())

    def follow(self):
        catch_up(seconds=self.random.choice([0, 10]))

    def crash(self):
        """The one that follows dies after it has marked, or while it writes."""
        mark_what_came()
        stale = StaleDay.objects.first()
        if stale is not None:
            with transaction.atomic():
                stale.delete()
                DailyFigure.objects.filter(date=stale.date).delete()
                transaction.set_rollback(True)


STEPS = ("write", "send", "send", "report", "report", "decide", "die", "speak_late", "end", "age", "follow", "crash")


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("seed", range(6))
def test_whatever_happens_a_rebuild_finds_nothing_to_mend(make_account, queue_messages, seed):
    world = World(make_account(), queue_messages, seed)
    for _ in range(60):
        getattr(world, world.random.choice(STEPS))()
    world.anonymise()
    assert differences() == []
    day = timezone.localdate()
    counted = sum(sums[0] for sums in count_day(day).daily.values())
    assert counted == sum(row.messages for row in DailyFigure.objects.filter(date=day))
    assert Message.objects.exclude(status__in=("queued", "sending")).count() == sum(
        row.messages for row in HourlyFigure.objects.all()
    )


@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif(connection.vendor != "postgresql", reason="one writer at a time")
def test_an_event_that_is_committed_after_a_later_one_is_not_passed_over(make_account, queue_messages):
    early, late = queue_messages(make_account(), 2)
    catch_up(seconds=60)
    written, go_on = threading.Event(), threading.Event()

    def write_slowly():
        with transaction.atomic():
            Message.objects.filter(pk=early.pk).update(status="sent", sent_at=timezone.now())
            MessageEvent.objects.create(message=early, status="sent", source="submit")
            written.set()
            go_on.wait(20)
        connection.close()

    slow = threading.Thread(target=write_slowly)
    slow.start()
    assert written.wait(20)
    Message.objects.filter(pk=late.pk).update(status="sent", sent_at=timezone.now())
    MessageEvent.objects.create(message=late, status="sent", source="submit")
    for _ in range(3):
        catch_up(seconds=60)
    go_on.set()
    slow.join()
    catch_up(seconds=60)
    assert [row.messages for row in DailyFigure.objects.all()] == [2]
    assert differences() == []


@pytest.mark.django_db(transaction=True)
def test_two_that_follow_at_once_count_nothing_twice(make_account, queue_messages):
    rows = queue_messages(make_account(), 20)
    Message.objects.filter(pk__in=[row.pk for row in rows]).update(status="sent", sent_at=timezone.now())
    mark_days([timezone.localdate()])

    def follow():
        catch_up(seconds=60)
        connection.close()

    together = [threading.Thread(target=follow) for _ in range(3)]
    for thread in together:
        thread.start()
    for thread in together:
        thread.join()
    assert sum(row.messages for row in DailyFigure.objects.all()) == 20
    assert differences() == []


@pytest.mark.django_db
def test_a_first_installation_counts_what_was_there_before(make_account, queue_messages):
    rows = queue_messages(make_account(), 3)
    old = timezone.now() - timedelta(days=100)
    Message.objects.filter(pk__in=[row.pk for row in rows]).update(status="delivered", sent_at=old, finished_at=old)
    catch_up(seconds=60)
    assert [row.messages for row in DailyFigure.objects.all()] == [3]


@pytest.mark.django_db
def test_at_night_the_last_weeks_are_looked_at_once(make_account, queue_messages, caplog, time_machine):
    (message,) = queue_messages(make_account(), 1)
    here = timezone.get_default_timezone()
    time_machine.move_to(timezone.datetime(2026, 11, 10, 4, tzinfo=here), tick=False)
    Message.objects.filter(pk=message.pk).update(status="sent", sent_at=timezone.now() - timedelta(days=1))
    MessageEvent.objects.create(message=message, status="sent", source="submit")
    catch_up(seconds=60)
    DailyFigure.objects.update(messages=9)
    time_machine.move_to(timezone.datetime(2026, 11, 11, 4, tzinfo=here), tick=False)
    catch_up(seconds=60)
    assert [row.messages for row in DailyFigure.objects.all()] == [1]
    assert "a roll-up was wrong" in caplog.text
    DailyFigure.objects.update(messages=9)
    catch_up(seconds=60)
    assert [row.messages for row in DailyFigure.objects.all()] == [9]


@pytest.mark.django_db
def test_many_events_are_read_in_pieces(make_account, queue_messages):
    rows = queue_messages(make_account(), 5)
    now = timezone.now()
    for back, row in enumerate(rows):
        Message.objects.filter(pk=row.pk).update(status="sent", sent_at=now - timedelta(days=back))
    catch_up(seconds=60)
    for row in rows:
        Message.objects.filter(pk=row.pk).update(status="delivered", finished_at=now)
        MessageEvent.objects.create(message=row, status="delivered", source="callback")
    assert mark_what_came(chunk=2) is False
    assert StaleDay.objects.count() == 5
    catch_up(seconds=60)
    assert {row.status for row in DailyFigure.objects.all()} == {"delivered"}
