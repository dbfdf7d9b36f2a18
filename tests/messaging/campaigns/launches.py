"""What tests of launches do again and again."""

from smsops.messaging.campaigns.freezing import freeze_step
from smsops.messaging.campaigns.launching import (
    launch_campaign,
)
from smsops.messaging.models import Message


def launch(campaign, actor=None):
    launch_campaign(campaign_id=campaign.pk, version=campaign.version, actor=actor)
    campaign.refresh_from_db()
    return campaign.status


def freeze(campaign):
    assert not freeze_step(campaign_id=campaign.pk, seconds=60)
    campaign.refresh_from_db()
    return list(Message.objects.filter(campaign=campaign).order_by("id"))
