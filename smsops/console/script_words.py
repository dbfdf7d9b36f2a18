"""The words of the admin's own scripts, where Django's Indonesian is unclear or half English."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext, gettext_noop
from django.views.i18n import JavaScriptCatalog

CHOOSING = (
    gettext_noop('Choose %s by selecting them and then select the "Choose" arrow button.'),
    gettext_noop('Remove %s by selecting them and then select the "Remove" arrow button.'),
    gettext_noop("Type into this box to filter down the list of available %s."),
    gettext_noop("Type into this box to filter down the list of selected %s."),
    gettext_noop("Choose selected %s"),
    gettext_noop("Remove selected %s"),
    gettext_noop("Choose all %s"),
    gettext_noop("Remove all %s"),
)


class ScriptWords(JavaScriptCatalog):
    """A catalogue of Django's, with our words over it."""

    def get_catalog(self) -> dict[str, Any]:
        ours = {text: gettext(text) for text in CHOOSING}
        return {**super().get_catalog(), **ours}
