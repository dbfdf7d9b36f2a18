"""Addresses of a campaign's pages, and what they told."""

import re

from django.urls import reverse


def url(name, campaign, *args):
    return reverse(f"messaging:{name}", args=[campaign.pk, *args])


def told(response):
    return re.sub(r"\s+", " ", response.content.decode())
