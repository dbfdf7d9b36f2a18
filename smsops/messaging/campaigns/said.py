"""Sentences that are stored about a campaign with a value in them, for whichever process shows them."""

from django.utils.translation import gettext_noop

PACED = gettext_noop("now %(rate)s a second")
MANY_REFUSED = gettext_noop("Stopped by itself: too many refusals. Most often: %(reason)s")
ENDED_REFUSED = gettext_noop("Many of it were refused. Most often: %(reason)s")
UNLISTED = gettext_noop("Asking who is in the group goes wrong, and is tried again every two minutes: %(reason)s")
SAID = (PACED, MANY_REFUSED, ENDED_REFUSED, UNLISTED)
