"""What the tests of unified send, and how they read what comes back."""

from zoneinfo import ZoneInfo

from providers.adapters.unified import Unified
from providers.adapters.unified_answers import SMPP_NAMES
from providers.transport import Reply
from providers.types import (
    AccountConfig,
    AccountTrouble,
    OutboundMessage,
)

ONE, TWO, THREE = "+6281111111111", "+6281222222222", "+6281333333333"
REFUSED = ["1702", "1704", "1705", "1706", "1707", "1708", "1028", "1033", "1041", "1732", "1042"]
UNCLEAR = ["1710", "8", "69", "1715"]
ACCOUNT = {
    "1703": AccountTrouble.CREDENTIALS,
    "1725": AccountTrouble.CREDIT,
    "1025": AccountTrouble.CREDIT,
    "16": AccountTrouble.ADDRESS,
    "18": AccountTrouble.ADDRESS,
}
SMPP = [str(number) for number in SMPP_NAMES]


def make(base_url="http://127.0.0.1:9", zone="Asia/Jakarta", **options):
    credentials = {"username": "umum", "password": "geheim&1"}
    config = AccountConfig(
        "demo", base_url, credentials, options, sender_id="ACME", timeout_seconds=20, time_zone=ZoneInfo(zone)
    )
    return Unified(config)


def message(recipient=ONE, **fields):
    return OutboundMessage(**{"reference": f"r{recipient}", "recipient": recipient, "text": "Hallo"} | fields)


def read(text, *numbers, **options):
    body = text if isinstance(text, bytes) else text.encode()
    return make(**options).read_submit(Reply(200, body), [message(number) for number in numbers or (ONE,)])


def outcomes(results):
    return [result.outcome.value for result in results]
