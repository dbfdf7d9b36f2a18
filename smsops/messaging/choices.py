"""What a message's columns can hold, with the words for it."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from providers.types import Channel, Encoding, Kind

CHANNEL_CHOICES = [(Channel.SMS.value, _("SMS")), (Channel.WHATSAPP.value, _("WhatsApp"))]
KIND_CHOICES = [
    (Kind.PROMOTIONAL.value, _("Promotional")),
    (Kind.TRANSACTIONAL.value, _("Transactional")),
    (Kind.OTP.value, _("OTP")),
]
ENCODING_CHOICES = [
    (Encoding.GSM7.value, "GSM-7"),
    (Encoding.UCS2.value, "Unicode"),
    (Encoding.LATIN1.value, "ISO-8859-1"),
]
