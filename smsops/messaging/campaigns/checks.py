"""What the gate asks of a campaign beyond what it asks of every message: its rows, its fields, its money."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from django.utils import timezone
from django.utils.formats import date_format, number_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from providers.formats import money
from providers.types import Channel, Encoding
from smsops.messaging.campaigns.group_checks import check_group
from smsops.messaging.campaigns.holding import leaving, quiet_of
from smsops.messaging.campaigns.lists import lacks_column
from smsops.messaging.campaigns.quote import carries
from smsops.messaging.campaigns.standing import stopped_accounts
from smsops.messaging.campaigns.verdict import CampaignVerdict, Share
from smsops.messaging.campaigns.ways import has_sender
from smsops.messaging.checking.cautions import NO_UNICODE_FROM_ALPHA, account_option
from smsops.messaging.text import name_character

# Counted longer ago, an audience is worth another look.
OLD = timedelta(hours=24)


def _check_content(verdict: CampaignVerdict) -> str:
    if not verdict.draft.text.strip():
        return _("The text is empty. Write a message.")
    if verdict.measured.strays:
        return _("A single { or } is part of no field. Write {{ or }} for a brace.")
    return ""


def _check_fields(verdict: CampaignVerdict) -> str:
    if unknown := verdict.measured.unknown:
        return _("Nobody of the audience has {%(field)s}. Check how the field is written.") % {"field": unknown[0]}
    if not (lacking := verdict.measured.lacking):
        return ""
    name, count = max(lacking.items(), key=lambda pair: pair[1])
    return ngettext(
        "%(count)s recipient has no {%(field)s}. Say what to write instead, e.g. {%(field)s|Pelanggan}.",
        "%(count)s recipients have no {%(field)s}. Say what to write instead, e.g. {%(field)s|Pelanggan}.",
        count,
    ) % {"count": number_format(count), "field": name}


def _check_length(verdict: CampaignVerdict) -> str:
    longest, limit = verdict.measured.longest, verdict.draft.capabilities.max_text
    if longest <= limit:
        return ""
    return _("The longest text has %(length)d characters; this account takes at most %(limit)d. Shorten it.") % {
        "length": longest,
        "limit": limit,
    }


def _check_encoding(verdict: CampaignVerdict) -> str:
    measured, draft = verdict.measured, verdict.draft
    if measured.unfit:
        return ngettext(
            "%(count)s text holds a character that this type of message lacks. Choose another type.",
            "%(count)s texts hold a character that this type of message lacks. Choose another type.",
            measured.unfit,
        ) % {"count": number_format(measured.unfit)}
    if not measured.unicode_rows or Encoding.UCS2 in draft.capabilities.encodings:
        return ""
    return _("%(char)s needs Unicode, which the account “%(account)s” cannot send. Replace it.") % {
        "char": name_character(measured.culprit) if measured.culprit else "Unicode",
        "account": draft.account.name,
    }


def _check_audience(verdict: CampaignVerdict) -> str:
    if verdict.campaign.told.get("is_reading"):
        return _("The recipients are still being read.")
    if lacks_column(verdict.campaign):
        return _("Nobody knows which column of the file holds the numbers. Choose it where the file was uploaded.")
    if verdict.measured.recipients:
        return ""
    return _("Nobody would get it. Choose groups, paste numbers or upload a file.")


def _check_splits(verdict: CampaignVerdict) -> str:
    campaign, measured = verdict.campaign, verdict.measured
    for share in verdict.shares[1:]:
        account = share.account
        if share.operators and not (account.is_active and has_sender(account) and carries(account, campaign, measured)):
            return _("The account “%(account)s” cannot carry it. Choose another one for %(operators)s.") % {
                "account": account.name,
                "operators": ", ".join(share.operators),
            }
    return ""


def _check_validity(verdict: CampaignVerdict) -> str:
    if verdict.campaign.valid_hours:
        return ""
    return _("Say after how many hours what has not been sent is given up.")


CHECKS: tuple[Callable[[CampaignVerdict], str], ...] = (
    _check_content,
    _check_fields,
    _check_length,
    _check_encoding,
    _check_audience,
    _check_validity,
    check_group,
    _check_splits,
)


def _warn_of_suspension(verdict: CampaignVerdict) -> str:
    return " ".join(each.sentence for each in stopped_accounts(verdict.campaign) if each.account.is_active)


def _warn_of_unicode(verdict: CampaignVerdict) -> str:
    measured = verdict.measured
    if not measured.unicode_rows or not measured.culprit or verdict.draft.channel is not Channel.SMS:
        return ""
    return ngettext(
        "%(char)s makes %(count)s text Unicode: 70 instead of 160 characters a segment.",
        "%(char)s makes %(count)s texts Unicode: 70 instead of 160 characters a segment.",
        measured.unicode_rows,
    ) % {"char": name_character(measured.culprit), "count": number_format(measured.unicode_rows)}


def _warn_of_alpha_sender(verdict: CampaignVerdict) -> str:
    rows = verdict.measured.by_operator
    named = [share for share in verdict.shares if account_option(share.account, "sender_kind") == "alpha"]
    going = {operator for share in named for operator in share.operators} & NO_UNICODE_FROM_ALPHA
    count = sum(rows[operator][2] for operator in going)
    if not count or verdict.draft.channel is not Channel.SMS:
        return ""
    return ngettext(
        "%(count)s of these is at Telkomsel or XL, which deliver no Unicode text from a sender name. "
        "Remove the special characters.",
        "%(count)s of these are at Telkomsel or XL, which deliver no Unicode text from a sender name. "
        "Remove the special characters.",
        count,
    ) % {"count": number_format(count)}


def _warn_of_the_night(verdict: CampaignVerdict) -> str:
    draft = verdict.draft
    leaves, note = leaving(quiet_of(draft), draft.send_after or verdict.examined_at, draft.account.time_zone)
    if not note:
        return ""
    return _("It would start in quiet hours: messages are held until %(moment)s, by each recipient's own clock.") % {
        "moment": date_format(timezone.localtime(leaves), "D j M, H:i T")
    }


def _warn_of_handing_over(verdict: CampaignVerdict) -> str:
    if not verdict.campaign.provider_schedule:
        return ""
    return _(
        "All of it goes to the provider at once, which waits until its time: from then on it can be neither cancelled "
        "nor paused from here, and a later STOP cannot reach it."
    )


def _warn_of_time(verdict: CampaignVerdict) -> str:
    rate = verdict.campaign.per_second or verdict.draft.account.messages_per_second
    hours = verdict.measured.recipients / rate / 3600 if rate else 0
    if hours <= verdict.campaign.valid_hours:
        return ""
    return _("At this speed it takes about %(hours)d hours; what has not left after %(limit)d is not sent.") % {
        "hours": hours,
        "limit": verdict.campaign.valid_hours,
    }


def _warn_of_balance(verdict: CampaignVerdict) -> str:
    return next(filter(None, map(_balance_short, verdict.shares)), "")


def _balance_short(share: Share) -> str:
    if share.cost is None or share.left is None or share.cost <= share.left:
        return ""
    return _(
        "This costs %(cost)s by “%(account)s”; after what is planned already %(left)s of its last balance are left."
    ) % {
        "cost": money(share.cost, share.account.currency),
        "account": share.account.name,
        "left": money(max(share.left, share.left * 0), share.account.currency),
    }


def _warn_of_expiry(verdict: CampaignVerdict) -> str:
    account, starts = verdict.draft.account, verdict.draft.send_after or verdict.examined_at
    if account.balance_expires_on is None or timezone.localdate(starts) <= account.balance_expires_on:
        return ""
    return _("The balance of “%(account)s” expires on %(day)s, before this starts.") % {
        "account": account.name,
        "day": date_format(account.balance_expires_on, "j F Y"),
    }


def _warn_of_age(verdict: CampaignVerdict) -> str:
    counted = verdict.campaign.audience_at
    if counted is None or verdict.examined_at - counted < OLD:
        return ""
    return _("The audience was counted on %(moment)s. Count it again if groups have changed since.") % {
        "moment": date_format(timezone.localtime(counted), "j M, H:i")
    }


WARNINGS: tuple[Callable[[CampaignVerdict], str], ...] = (
    _warn_of_suspension,
    _warn_of_unicode,
    _warn_of_alpha_sender,
    _warn_of_the_night,
    _warn_of_handing_over,
    _warn_of_time,
    _warn_of_balance,
    _warn_of_expiry,
    _warn_of_age,
)
