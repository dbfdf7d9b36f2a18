"""Which messages go into one call."""

from providers.types import Capabilities, OutboundMessage
from smsops.messaging.sending.batches import make_batches
from smsops.messaging.sending.queue import COLUMNS, QueuedRow

LISTS = Capabilities(max_batch=3)
PACKETS = Capabilities(max_batch=3, batch_shares_text=False)


def pair(id, recipient, text="Halo", send_alone=False):
    fields = dict.fromkeys(COLUMNS) | {"id": id, "recipient": recipient, "text": text, "send_alone": send_alone}
    return QueuedRow(**fields), OutboundMessage(reference=str(id), recipient=recipient, text=text)


def ids(pairs, capabilities, most=1000):
    return [[row.id for row, _ in batch] for batch in make_batches(pairs, capabilities=capabilities, most=most)]


def test_a_batch_is_no_larger_than_the_provider_takes():
    assert ids([pair(i, f"+628{i}") for i in range(7)], LISTS) == [[0, 1, 2], [3, 4, 5], [6]]


def test_number_lists_share_one_text():
    pairs = [pair(1, "+621", "A"), pair(2, "+622", "B"), pair(3, "+623", "A"), pair(4, "+624", "B")]
    assert ids(pairs, LISTS) == [[1, 3], [2, 4]]


def test_packets_carry_a_text_each():
    pairs = [pair(1, "+621", "A"), pair(2, "+622", "B"), pair(3, "+623", "C")]
    assert ids(pairs, PACKETS) == [[1, 2, 3]]


def test_one_number_never_stands_twice_in_a_call():
    assert ids([pair(1, "+621"), pair(2, "+621"), pair(3, "+622")], PACKETS) == [[1], [2, 3]]


def test_what_was_refused_in_company_goes_alone():
    pairs = [pair(1, "+621"), pair(2, "+622", send_alone=True), pair(3, "+623")]
    assert sorted(ids(pairs, LISTS)) == [[1, 3], [2]]


def test_the_accounts_rate_makes_batches_smaller():
    assert ids([pair(i, f"+628{i}") for i in range(4)], LISTS, most=2) == [[0, 1], [2, 3]]
