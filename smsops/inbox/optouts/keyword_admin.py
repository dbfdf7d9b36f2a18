"""The admin page of keywords."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.db.models import Q, QuerySet
from django.template.defaultfilters import truncatechars
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.widgets import UnfoldAdminTextareaWidget, UnfoldAdminTextInputWidget

from providers.freshness import FreshAdmin, FreshForm
from smsops.inbox.models import Keyword
from smsops.inbox.optouts.matching import normalise
from smsops.inbox.optouts.models import LONGEST_WORD
from smsops.messaging.text import clean_text


class KeywordForm(FreshForm):
    """Words that can be matched, an answer that is none of them, and no two at once for the same account."""

    word = forms.CharField(
        label=gettext_lazy("Keyword"), max_length=LONGEST_WORD, widget=UnfoldAdminTextInputWidget(),
        help_text=gettext_lazy(
            "It must be the whole message; case, spaces, punctuation and repetition do not matter. “Stop!” is STOP, "
            "“stop by tomorrow” is not. Where people write more, such as STOP PROMO, make that a keyword too."
        ),
    )  # fmt: skip

    class Meta:
        model = Keyword
        fields = [
            "word", "language", "action", "answer", "account", "answer_account", "active_from", "active_until"
        ]  # fmt: skip
        widgets = {"answer": UnfoldAdminTextareaWidget(attrs={"rows": 3})}

    def clean_word(self) -> str:
        word = normalise(self.cleaned_data["word"])
        if not word or len(word) > LONGEST_WORD:
            raise ValidationError(_("Write a word or a few, with letters or digits."))
        return word

    def clean_answer(self) -> str:
        answer = clean_text(self.cleaned_data["answer"]).strip()
        if answer and Keyword.objects.filter(word=normalise(answer)).exists():
            raise ValidationError(_("This answer is a keyword itself: two machines would answer each other for ever."))
        return answer

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        start, end = cleaned.get("active_from"), cleaned.get("active_until")
        if cleaned.get("action") == Keyword.Action.ANSWER and not cleaned.get("answer"):
            self.add_error("answer", _("Write the answer: this keyword does nothing else."))
        if start and end and end <= start:
            self.add_error("active_until", _("This is before it begins."))
        elif "word" in cleaned and "account" in cleaned and self._others(cleaned).exists():
            self.add_error("word", _("There is this keyword already for that time. Change the other one."))
        return cleaned

    def _others(self, cleaned: dict[str, Any]) -> QuerySet[Keyword]:
        """Of the same word and account, in force at a moment when this one is."""
        same = Keyword.objects.filter(word=cleaned["word"], account=cleaned["account"]).exclude(pk=self.instance.pk)
        if start := cleaned.get("active_from"):
            same = same.filter(Q(active_until=None) | Q(active_until__gt=start))
        if end := cleaned.get("active_until"):
            same = same.filter(Q(active_from=None) | Q(active_from__lt=end))
        return same


@admin.register(Keyword)
class KeywordAdmin(FreshAdmin):
    """Words that opt a number out, lift that, or are answered."""

    form = KeywordForm
    list_display = ("word_shown", "action", "language", "answer_start", "account", "state")
    list_filter = ("action", "language", "account")
    list_select_related = ("account",)
    list_before_template = "inbox/keyword_list.html"
    search_fields = ("word",)
    show_facets = admin.ShowFacets.NEVER
    list_per_page = 50

    @admin.display(description=gettext_lazy("keyword"), ordering="word")
    def word_shown(self, keyword: Keyword) -> str:
        return format_html("<code>{}</code>", keyword)

    @admin.display(description=gettext_lazy("answer"))
    def answer_start(self, keyword: Keyword) -> str:
        return truncatechars(keyword.answer, 60) or "–"

    @admin.display(description=gettext_lazy("in force"))
    def state(self, keyword: Keyword) -> str:
        now = timezone.now()
        if keyword.active_until is not None and keyword.active_until <= now:
            return _("ended")
        return _("later") if keyword.active_from is not None and keyword.active_from > now else _("now")
