"""A message as a row of a sheet, by django-import-export."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _
from import_export import resources

from providers.formats import told
from providers.masking import MASK
from providers.types import Kind
from smsops.messaging.models import Message


class MessageResource(resources.ModelResource):
    """`may_read_codes`: whether the texts of OTP messages are shown. Times are local."""

    class Meta:
        model = Message
        fields = (
            "reference", "recipient", "operator", "account", "channel", "kind", "campaign", "created_by", "text",
            "segments", "status", "price", "created_at", "sent_at", "finished_at", "provider_message_id", "error_code",
            "error_text",
        )  # fmt: skip
        export_order = fields

    def __init__(self, *, may_read_codes: bool = False, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._may_read_codes = may_read_codes

    def headers(self) -> list[str]:
        """In the reader's language."""
        return [str(getattr(Message._meta.get_field(name), "verbose_name", name)) for name in self.get_export_order()]

    def row(self, message: Message) -> list[str]:
        return [_text(cell) for cell in self.export_resource(message)]

    def dehydrate_account(self, message: Message) -> str:
        return message.account.name

    def dehydrate_campaign(self, message: Message) -> str:
        return message.campaign.name if message.campaign else ""

    def dehydrate_created_by(self, message: Message) -> str:
        return message.created_by.get_username() if message.created_by else ""

    def dehydrate_text(self, message: Message) -> str:
        return MASK if message.kind == Kind.OTP and not self._may_read_codes else message.text

    def dehydrate_channel(self, message: Message) -> str:
        return message.get_channel_display()

    def dehydrate_kind(self, message: Message) -> str:
        return message.get_kind_display()

    def dehydrate_status(self, message: Message) -> str:
        return message.get_status_display()

    def dehydrate_error_text(self, message: Message) -> str:
        return told(message.error_text)

    def dehydrate_created_at(self, message: Message) -> str:
        return _moment(message.created_at)

    def dehydrate_sent_at(self, message: Message) -> str:
        return _moment(message.sent_at)

    def dehydrate_finished_at(self, message: Message) -> str:
        return _moment(message.finished_at)

    def dehydrate_price(self, message: Message) -> str:
        return _text(message.price)


def _moment(at: datetime | None) -> str:
    return f"{timezone.localtime(at):%Y-%m-%d %H:%M:%S}" if at else ""


def _text(cell: Any) -> str:
    return "" if cell is None else f"{cell:f}" if isinstance(cell, Decimal) else str(cell)


def file_name() -> str:
    return _("messages")
