"""What repeats: when its turns are, how that is told, and the next one as a campaign of its own."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from itertools import islice

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from smsops.messaging.campaigns.copying import copy_campaign
from smsops.messaging.campaigns.models import Campaign, CampaignEvent
from smsops.messaging.campaigns.timing import next_turn, zone_of
from smsops.messaging.zones import own_zone

# Every month has as many days.
SHORTEST_MONTH = 28
SHOWN = 3


def turns_after(campaign: Campaign, start: datetime) -> Iterator[datetime]:
    """Those that come after this one and are not past, up to its last day."""
    zone, then = campaign.zone or own_zone(), start
    day = campaign.repeat_day or local_time(campaign, start).day
    while campaign.repeat:
        then = next_turn(then, campaign.repeat, zone, day=day)
        if campaign.repeat_until and then.date() > campaign.repeat_until:
            return
        if then > timezone.now():
            yield then


def plan_next_turn(campaign: Campaign, *, start: datetime) -> Campaign | None:
    """The next one, scheduled: it can be seen, changed and cancelled. None where this was the last."""
    then = next(turns_after(campaign, start), None)
    if then is None:
        return None
    following = copy_campaign(campaign=campaign, actor=campaign.created_by, name=campaign.name, is_turn=True)
    following.status, following.send_at, following.repeats = Campaign.Status.SCHEDULED, then, campaign
    following.repeat_day = campaign.repeat_day or local_time(campaign, start).day
    following.total, following.quoted_cost = campaign.total, campaign.quoted_cost
    following.launched_at = timezone.now()
    following.save()
    CampaignEvent.objects.create(campaign=following, kind=CampaignEvent.Kind.SCHEDULED)
    return following


def repetition_told(campaign: Campaign) -> str:
    """`Every month on day 31, in shorter months on their last day, until 5 March 2027`; "" for what is sent once."""
    if not campaign.repeat:
        return ""
    until = campaign.repeat_until
    return _rhythm(campaign) + (_(", until %(day)s") % {"day": date_format(until, "j F Y")} if until else "")


def _rhythm(campaign: Campaign) -> str:
    first = local_time(campaign, campaign.send_at or campaign.started_at or timezone.now())
    day = campaign.repeat_day or first.day
    if campaign.repeat == Campaign.Repeat.WEEKLY:
        return _("Every week on %(weekday)s") % {"weekday": date_format(first, "l")}
    if campaign.repeat == Campaign.Repeat.DAILY:
        return str(campaign.get_repeat_display())
    if day > SHORTEST_MONTH:
        return _("Every month on day %(day)d, in shorter months on their last day") % {"day": day}
    return _("Every month on day %(day)d") % {"day": day}


def turns_told(campaign: Campaign, *, has_started: bool) -> str:
    """The days of the next turns after this one. Once it has started the next is planned, if there is one."""
    if has_started:
        return _("No turn follows this one.")
    following = list(islice(turns_after(campaign, campaign.send_at or timezone.now()), SHOWN + 1))
    if not following:
        return _("No turn follows this one.")
    days = [date_format(each, "D j M Y") for each in following[:SHOWN]]
    return _("Then %(days)s") % {"days": " · ".join(days + ["…"] * (len(following) > SHOWN))}


def local_time(campaign: Campaign, moment: datetime) -> datetime:
    """By the clock that the campaign goes by."""
    return timezone.localtime(moment, zone_of(campaign.zone or own_zone()))
