"""What the gate asks of a campaign that goes out by one call to a provider's own group."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from providers.formats import told
from providers.types import Channel, Encoding
from smsops.messaging.campaigns.merge import parse_merge
from smsops.messaging.campaigns.models import AudienceEntry
from smsops.messaging.campaigns.verdict import CampaignVerdict
from smsops.messaging.composing.message_types import MESSAGE_TYPES

Verdict, Source = AudienceEntry.Verdict, AudienceEntry.Source


def check_group(verdict: CampaignVerdict) -> str:
    """The first thing that keeps it from going out by a group call; "" where nothing does, or it is none."""
    if not verdict.campaign.remote_group:
        return ""
    return next(filter(None, (check(verdict) for check in CHECKS)), "")


def _check_offer(verdict: CampaignVerdict) -> str:
    draft = verdict.draft
    if draft.capabilities.group_send and draft.channel is Channel.SMS:
        return ""
    return _("The account “%(account)s” cannot send to a group of its own phone book by SMS. Choose another one.") % {
        "account": draft.account.name
    }


def _check_text(verdict: CampaignVerdict) -> str:
    campaign, limit = verdict.campaign, verdict.draft.capabilities.max_group_text
    if parse_merge(campaign.text).keys:
        return _("A group call sends everybody the same text: take the fields out of it.")
    measured = verdict.measured
    is_plain = not measured.unicode_rows and campaign.text.isascii() and campaign.message_type in PLAIN_TYPES
    if not is_plain:
        return _("A group call carries plain letters only: no accents, no special characters, no flash.")
    if measured.longest <= limit and measured.most <= 1:
        return ""
    return _("A group call carries at most %(limit)d characters; the text has %(length)d. Shorten it.") % {
        "limit": limit,
        "length": measured.longest,
    }


PLAIN_TYPES = frozenset(
    number
    for number, each in MESSAGE_TYPES.items()
    if each.encoding in (None, Encoding.GSM7) and not (each.is_flash or each.has_url)
)


def _check_way(verdict: CampaignVerdict) -> str:
    campaign = verdict.campaign
    if campaign.repeat:
        return _("A group call does not repeat by itself: look through the group's members each time.")
    if campaign.routes or campaign.splits or campaign.provider_schedule:
        return _("A group call goes by one account at one time: take the further accounts and the provider's wait out.")
    return ""


def _check_listing(verdict: CampaignVerdict) -> str:
    reason = (verdict.campaign.audience.get("remote") or {}).get("error", "")
    return reason and _("The provider did not tell who is in “%(group)s”: %(reason)s") % {
        "group": verdict.campaign.remote_group,
        "reason": told(reason),
    }


def _check_others(verdict: CampaignVerdict) -> str:
    others = AudienceEntry.objects.filter(campaign=verdict.campaign).exclude(source=Source.REMOTE)
    if not others.exists():
        return ""
    return _("A group call reaches the group alone: take all other recipients out of it.")


def _check_members(verdict: CampaignVerdict) -> str:
    """It reaches whoever is in the group, so that nobody in it may be one who must not get it."""
    verdicts: dict[str, int] = verdict.campaign.told.get("verdicts", {})
    for value, sentence in MEMBERS.items():
        if count := verdicts.get(value, 0):
            return sentence(count) % {"count": number_format(count)}
    return ""


def _opted_out(count: int) -> str:
    return ngettext(
        "%(count)s member of the group has opted out, and a group call leaves nobody out. Take him out of it there.",
        "%(count)s members of the group have opted out, and a group call leaves nobody out. Take them out of it there.",
        count,
    )


def _unreadable(count: int) -> str:
    return ngettext(
        "%(count)s entry of the group has no mobile number that can be read, so that nobody knows whom it reaches.",
        "%(count)s entries of the group have no mobile number that can be read, so that nobody knows whom they reach.",
        count,
    )


def _repeated(count: int) -> str:
    return ngettext(
        "%(count)s number is in the group more than once and would get it twice. Take the second entry out there.",
        "%(count)s numbers are in the group more than once and would get it twice. Take the second entries out there.",
        count,
    )


def _left_out(count: int) -> str:
    return ngettext(
        "%(count)s member should be left out, and a group call leaves nobody out.",
        "%(count)s members should be left out, and a group call leaves nobody out.",
        count,
    )


MEMBERS: dict[str, Callable[[int], Any]] = {
    Verdict.OPTED_OUT: _opted_out,
    Verdict.DUPLICATE: _repeated,
    Verdict.INVALID: _unreadable,
    Verdict.EXCLUDED: _left_out,
    Verdict.REACHED: _left_out,
}
CHECKS: tuple[Callable[[CampaignVerdict], str], ...] = (
    _check_offer,
    _check_text,
    _check_way,
    _check_listing,
    _check_others,
    _check_members,
)
