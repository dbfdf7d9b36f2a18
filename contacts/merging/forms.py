"""The form of a merge: which contact stays, and whose value where they differ."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.utils.formats import localize
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from unfold.widgets import UnfoldAdminRadioSelectWidget

from contacts.merge_fields import as_text
from contacts.merging.plan import Card, Choices, MergePlan, differing_attributes, differing_fields
from contacts.models import Contact
from providers.numbers import display

FIELD, ATTRIBUTE = "field_", "attribute_"
LONGEST_SHOWN = 200
LABELS = {field.name: field.verbose_name for field in Contact._meta.concrete_fields}


class MergeForm(forms.Form):
    """`digest` is of the contacts as they were shown."""

    digest = forms.CharField(widget=forms.HiddenInput, required=False)

    def __init__(self, cards: Sequence[Card], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.cards = cards
        self.fields["survivor"] = _radio(_("Which contact stays"), [(card.id, title_of(card)) for card in cards])
        self.fields["survivor"].initial = fullest(cards).id
        self.names = {f"{FIELD}{name}": name for name in differing_fields(cards)}
        for key, name in self.names.items():
            self.fields[key] = _choice(_label(name), [(card.id, shown(name, card.values[name])) for card in cards])
        # Their names are people's own, and no part of a form's.
        self.attributes = {f"{ATTRIBUTE}{place}": name for place, name in enumerate(differing_attributes(cards))}
        for key, name in self.attributes.items():
            told = [(card.id, as_text(card.attributes[name])) for card in cards if name in card.attributes]
            self.fields[key] = _choice(name, told)

    def choices(self) -> Choices:
        return Choices(
            survivor=int(self.cleaned_data["survivor"]),
            fields=self._chosen(self.names),
            attributes=self._chosen(self.attributes),
        )

    def _chosen(self, names: Mapping[str, str]) -> dict[str, int]:
        return {name: int(self.cleaned_data[key]) for key, name in names.items() if self.cleaned_data[key]}


def _label(name: str) -> str:
    return str(capfirst(LABELS[name]))


def _radio(label: str, choices: list[tuple[Any, str]], **options: Any) -> forms.ChoiceField:
    return forms.ChoiceField(label=label, choices=choices, widget=UnfoldAdminRadioSelectWidget, **options)


def _choice(label: str, told: list[tuple[int, str]]) -> forms.ChoiceField:
    """Each value once; without a choice it is the value of the contact that stays."""
    values: dict[str, int] = {}
    for id, text in told:
        if text:
            values.setdefault(text[:LONGEST_SHOWN], id)
    choices = [("", _("as the contact that stays has it")), *((id, text) for text, id in values.items())]
    return _radio(label, choices, required=False, initial="")


def fullest(cards: Sequence[Card]) -> Card:
    """The one that says most, the oldest of several."""
    return max(cards, key=lambda card: (sum(map(bool, card.values.values())) + len(card.attributes), -card.id))


def title_of(card: Card) -> str:
    return f"{card.values['name'] or '–'} · {display(card.values['mobile'])} · {', '.join(card.groups.values()) or '–'}"


def shown(name: str, value: Any) -> str:
    return display(value) if name == "mobile" else str(localize(value)) if value else ""


def result_lines(plan: MergePlan, cards: Sequence[Card]) -> list[str]:
    """What there will be afterwards, line by line."""
    lines = [f"{_label(name)}: {shown(name, value) or '–'}" for name, value in plan.values.items()]
    gone = ", ".join(title_of(card) for card in cards if card.id in plan.gone)
    return [
        *lines,
        _("Groups: %s") % (", ".join(plan.groups.values()) or "–"),
        fields_line(plan.attributes),
        _("Deleted: %s") % gone,
    ]


def fields_line(attributes: Mapping[str, Any]) -> str:
    fields = "; ".join(f"{name}: {as_text(value)}" for name, value in attributes.items())
    return _("Merge fields: %s") % (fields or "–")
