from importlib import import_module

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ConsoleConfig(AppConfig):
    name = "smsops.console"
    label = "console"
    verbose_name = _("Console")

    def ready(self) -> None:
        """System checks are registered by being imported."""
        import_module("smsops.checks")
