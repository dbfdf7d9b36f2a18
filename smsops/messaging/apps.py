from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class MessagingConfig(AppConfig):
    name = "smsops.messaging"
    label = "messaging"
    verbose_name = _("Messages")

    def ready(self) -> None:
        from contacts.merging.services import HISTORY_MOVERS
        from contacts.merging.undoing import HISTORY_SPLITTERS
        from providers.formats import STORED
        from providers.services import COUNTERPART_CHANGED
        from smsops.messaging.campaigns.said import SAID
        from smsops.messaging.sending.recovery import doubt_repeats
        from smsops.messaging.services import move_messages, split_messages

        STORED.extend(sentence for sentence in SAID if sentence not in STORED)
        if move_messages not in HISTORY_MOVERS:
            HISTORY_MOVERS.append(move_messages)
            HISTORY_SPLITTERS.append(split_messages)
        if doubt_repeats not in COUNTERPART_CHANGED:
            COUNTERPART_CHANGED.append(doubt_repeats)
