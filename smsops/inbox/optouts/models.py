"""Words that do something when a phone sends them, and the answers that were given by themselves."""

from __future__ import annotations

from django.core.validators import MaxLengthValidator
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from providers.models import Account

LONGEST_ANSWER = 1000
LONGEST_WORD = 60


class Keyword(models.Model):
    """A word (or a few) that is a whole message: `word` is stored as `matching.normalise` writes it."""

    class Action(models.TextChoices):
        STOP = "stop", _("Opts the number out")
        START = "start", _("Lifts the number's own opt-out")
        ANSWER = "answer", _("Answers, and no more")

    class Language(models.TextChoices):
        ANY = "", _("Any")
        INDONESIAN = "id", _("Indonesian")
        ENGLISH = "en", _("English")

    word = models.CharField(_("keyword"), max_length=LONGEST_WORD)
    language = models.CharField(_("language"), max_length=2, choices=Language, blank=True)
    action = models.CharField(_("what it does"), max_length=6, choices=Action, default=Action.STOP)
    answer = models.TextField(
        _("answer"), blank=True, validators=[MaxLengthValidator(LONGEST_ANSWER)],
        help_text=_("Sent once, by itself, and charged like any message. Empty: no answer."),
    )  # fmt: skip
    account = models.ForeignKey(
        Account, on_delete=models.CASCADE, null=True, blank=True, related_name="keywords",
        verbose_name=_("received by"), help_text=_("Empty: by any account."),
    )  # fmt: skip
    answer_account = models.ForeignKey(
        Account, on_delete=models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("answers through"),
        help_text=_("Empty: the account that received it, if it can send on the same channel. Else nothing is sent."),
    )  # fmt: skip
    active_from = models.DateTimeField(_("active from"), null=True, blank=True)
    active_until = models.DateTimeField(_("active until"), null=True, blank=True)

    class Meta:
        verbose_name = _("keyword")
        verbose_name_plural = _("keywords")
        ordering = ["action", "word", "id"]
        indexes = [models.Index(fields=["word"], name="keyword_word")]
        constraints = [
            models.CheckConstraint(condition=~Q(word=""), name="keyword_has_a_word"),
            models.CheckConstraint(condition=~Q(action="answer", answer=""), name="keyword_that_answers"),
        ]

    def __str__(self) -> str:
        return self.word.upper()


class AutoReply(models.Model):
    """An answer that nobody wrote by hand. `passes_opt_out`: it tells a number that it has opted out, and is the only
    message that may still go there; `message_id` is the one, and no other."""

    number = models.CharField(max_length=20)
    keyword = models.ForeignKey(Keyword, on_delete=models.SET_NULL, null=True, related_name="+")
    message_id = models.BigIntegerField(unique=True)
    passes_opt_out = models.BooleanField(default=False)
    at = models.DateTimeField(db_default=Now())

    class Meta:
        default_permissions = ()
        indexes = [models.Index(fields=["number", "-id"], name="auto_reply_number")]

    def __str__(self) -> str:
        return f"{self.number} {self.message_id}"
