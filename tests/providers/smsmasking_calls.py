"""What the tests of smsmasking send, and how they read what comes back."""

import hashlib

from providers.adapters.smsmasking import SmsMasking
from providers.transport import Reply
from providers.types import (
    AccountConfig,
    AccountTrouble,
    OutboundMessage,
)

TAIL = "\r\n\r\n<!DOCTYPE html PUBLIC '-//W3C//DTD XHTML 1.0'><html><body>2024</body></html>"
MESSAGE = OutboundMessage(reference="01HZ8", recipient="+628126531971", text="Hallo World")
REFUSED = ["1706", "1707", "1709", "1711", "1712", "1751"]
UNCLEAR = ["1703", "1704", "1705", "1713", "1721", "1722", "1731", "1733"]
ACCOUNT = {
    "1702": AccountTrouble.CREDENTIALS,
    "1708": AccountTrouble.CREDIT,
    "1732": AccountTrouble.SENDER,
    "1734": AccountTrouble.CREDENTIALS,
    "1735": AccountTrouble.CREDIT,
}


def make(base_url="http://127.0.0.1:9", **options):
    credentials = {"username": "sms", "password": "geheim&1"}
    return SmsMasking(AccountConfig("demo", base_url, credentials, options=options, timeout_seconds=20))


def read(text, message=MESSAGE):
    body = text if isinstance(text, bytes) else text.encode()
    (result,) = make().read_submit(Reply(200, body), [message])
    return result


def changed(**fields):
    return OutboundMessage(**{"reference": "01HZ8", "recipient": "+628126531971", "text": "Hallo World"} | fields)


def md5(text):
    return hashlib.md5(text.encode()).hexdigest()
