from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ContactsConfig(AppConfig):
    name = "contacts"
    verbose_name = _("Contacts")

    def ready(self) -> None:
        """The providers below speak of accounts, without knowing of phone books."""
        from contacts.counting import tell_conflicts
        from providers.notes import ACCOUNT_NOTES

        if tell_conflicts not in ACCOUNT_NOTES:
            ACCOUNT_NOTES.append(tell_conflicts)
