"""What becomes of a row, and the notes that say why, at their fields: stored by code, told in the reader's language."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from django.db import models
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from contacts.importing import doctor
from contacts.uploads.sheets import row_name

SAME_NUMBER, CLASH, MOVED = "same_number", "clash", "moved"
LANDLINE, BAD_DATE, BAD_ZONE, TOO_LONG, BAD_ATTRIBUTES = (
    "landline",
    "bad_date",
    "bad_zone",
    "too_long",
    "bad_attributes",
)
NEW_GROUP, NO_GROUP, UNSTORABLE = "new_group", "no_group", "unstorable"


class Verdict(models.TextChoices):
    NEW = "new", gettext_lazy("New")
    CHANGED = "changed", gettext_lazy("Changed")
    UNCHANGED = "unchanged", gettext_lazy("Unchanged")
    DOUBTFUL = "doubtful", gettext_lazy("Doubtful")
    REFUSED = "refused", gettext_lazy("Refused")


# code → sentence; %(what)s is the value or the row that it is about.
WORDS: dict[str, Any] = {
    doctor.LOST_ZERO: gettext_lazy("The zero at the front was lost; it is back."),
    doctor.FORMULA_TEXT: gettext_lazy('It was wrapped as a formula (="…").'),
    doctor.INVISIBLE: gettext_lazy("It held invisible characters."),
    doctor.DOUBLE_PREFIX: gettext_lazy("+62 and the zero stood together."),
    doctor.INTERNATIONAL: gettext_lazy("0062 is +62."),
    doctor.SCIENTIFIC: gettext_lazy("It was written with an exponent; all its digits were there."),
    doctor.TAIL: gettext_lazy("It ended with decimal places."),
    doctor.WORDS: gettext_lazy("The words around the number were left out."),
    doctor.SEVERAL: gettext_lazy("There is more than one number: %(what)s goes to the merge field other_mobile."),
    doctor.NO_NUMBER: gettext_lazy("There is no number in this row."),
    doctor.NOT_A_NUMBER: gettext_lazy("This is no telephone number."),
    doctor.DIGITS_LOST: gettext_lazy(
        "The spreadsheet has rounded this number: its last digits are lost. Take them from where the list came from."
    ),
    doctor.ROUNDED: gettext_lazy("This number ends with many zeros: the spreadsheet may have rounded it."),
    doctor.IS_FORMULA: gettext_lazy("This is a formula or an error of one. Paste its value instead."),
    SAME_NUMBER: gettext_lazy("Row %(what)s has the same number; both are one contact."),
    CLASH: gettext_lazy("Row %(what)s has the same number, and says something else here. One number is one contact."),
    MOVED: gettext_lazy("Somebody has changed this contact since the preview. Import the row again."),
    LANDLINE: gettext_lazy("This is no mobile number: it may not take messages."),
    BAD_DATE: gettext_lazy("“%(what)s” is no day in the past; write it like 1990-08-17. It would be left out."),
    BAD_ZONE: gettext_lazy("“%(what)s” is no time zone; write WIB, WITA or WIT. It would be left out."),
    TOO_LONG: gettext_lazy("This is too long; it would be cut to “%(what)s”."),
    BAD_ATTRIBUTES: gettext_lazy("These are no merge fields (a JSON object). They would be left out."),
    NEW_GROUP: gettext_lazy("The group “%(what)s” is new."),
    NO_GROUP: gettext_lazy("There is no group “%(what)s”, and none is made."),
    UNSTORABLE: gettext_lazy("It held characters that cannot be kept."),
}

# What was put right or is only told: no reason to leave a row out.
REMARKS = frozenset({
    doctor.LOST_ZERO, doctor.FORMULA_TEXT, doctor.INVISIBLE, doctor.DOUBLE_PREFIX, doctor.INTERNATIONAL,
    doctor.SCIENTIFIC, doctor.TAIL, doctor.WORDS, doctor.SEVERAL, SAME_NUMBER, NEW_GROUP, NO_GROUP, UNSTORABLE,
})  # fmt: skip

# What names another row of the file.
OTHER_ROWS = (SAME_NUMBER, CLASH)
# A note: [field, code, what].
Note = Sequence[str]


def tell(note: Note, sheets: Sequence[str] = ()) -> str:
    """The sentence of a note in the reader's language; `sheets` of the workbook that it is about."""
    _field, code, what = note
    what = row_name(int(what), sheets) if code in OTHER_ROWS else what
    return str(WORDS.get(code, code)) % {"what": what}


def tell_reasons(notes: Iterable[Note], sheets: Sequence[str] = ()) -> list[str]:
    """Why a row was not taken, without what was put right on the way."""
    return [tell(note, sheets) for note in notes if note[1] not in REMARKS]


def field_labels() -> dict[str, str]:
    """Our fields as people call them, also the headers of an export; import knows all of them."""
    return {
        "name": _("Name"),
        "mobile": _("Mobile number"),
        "groups": _("Groups"),
        "address": _("Address"),
        "birth_date": _("Birth date"),
        "description": _("Description"),
        "time_zone": _("Time zone"),
    }
