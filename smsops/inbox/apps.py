from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class InboxConfig(AppConfig):
    name = "smsops.inbox"
    label = "inbox"
    verbose_name = _("Inbox")

    def ready(self) -> None:
        """Those below ask, without knowing of opt-outs."""
        from contacts.merging.services import HISTORY_MOVERS
        from contacts.merging.undoing import HISTORY_SPLITTERS
        from smsops.inbox.models import Suppression
        from smsops.inbox.optouts.answering import may_still_go
        from smsops.inbox.services import move_inbound, split_inbound
        from smsops.inbox.suppressions import opted_out, refuse_opted_out
        from smsops.messaging import gate, opt_outs

        if move_inbound not in HISTORY_MOVERS:
            HISTORY_MOVERS.append(move_inbound)
            HISTORY_SPLITTERS.append(split_inbound)
        if refuse_opted_out not in gate.RECIPIENT_CHECKS:
            gate.RECIPIENT_CHECKS.append(refuse_opted_out)
            opt_outs.STOP_CHECKS.append(opted_out)
            opt_outs.STOP_NUMBERS.append(Suppression.objects.all)
            opt_outs.STOP_EXCEPTIONS.append(may_still_go)
