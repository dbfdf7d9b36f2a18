from importlib import import_module

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from contacts.background import use_publisher


class ConsoleConfig(AppConfig):
    name = "smsops.console"
    label = "console"
    verbose_name = _("Console")

    def ready(self) -> None:
        """System checks are registered by being imported; the apps below learn how to hand work to a worker."""
        import_module("smsops.checks")
        import_module("smsops.console.contact_ties")
        use_publisher(import_module("smsops.publishing").publish)
