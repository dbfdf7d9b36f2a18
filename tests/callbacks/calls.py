"""Callbacks in the words of each provider, and what became of them."""

import json
from urllib.parse import urlencode

from django.urls import reverse

from providers.models import CallbackReceipt

PROVIDERS = ["smsmasking", "rajasms", "tcast", "unified", "nusasms"]
JSON = "application/json"
FORM = "application/x-www-form-urlencoded"
MIB = 1024 * 1024


def door(account, kind="reports", token=None):
    return reverse("callback", args=[token or account.callback_token, kind])


def write_report(provider, message_id, *, is_delivered=True, number="6281200000001"):
    """A report in a provider's own words, as arguments of the test client."""
    if provider == "smsmasking":
        word = "DELIVRD" if is_delivered else "EXPIRED"
        return {"method": "GET", "query_string": urlencode({"msgid": message_id, "status": word})}
    if provider == "nusasms":
        query = {"ref_no": message_id, "status": "D" if is_delivered else "U", "err_code": "0" if is_delivered else "8"}
        return {"method": "GET", "query_string": urlencode(query)}
    if provider == "unified":
        form = {"sMessageId": message_id, "sMobileNo": number, "sStatus": "DELIVRD" if is_delivered else "EXPIRED"}
        return {"method": "POST", "data": urlencode(form), "content_type": FORM}
    if provider == "tcast":
        body = {"type": "report", "cnt": 1, "array": [[message_id, number, 20260301101112, 0 if is_delivered else 9]]}
        return {"method": "PUT", "data": json.dumps(body), "content_type": JSON}
    entry = {"sendingid": message_id, "number": number, "deliverystatus": 3 if is_delivered else 4}
    return {"method": "POST", "data": json.dumps({"status_respon": [entry]}), "content_type": JSON}


def last_receipt():
    return CallbackReceipt.objects.latest("id")


def status_of(message):
    message.refresh_from_db()
    return message.status
