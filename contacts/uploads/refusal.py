"""Why a whole file is refused."""

from __future__ import annotations

from django.utils.translation import gettext


class FileRefused(Exception):
    """The file cannot be imported: `sentence` (to be translated) with the values of `what` says why, to the person who
    chose it. Nothing is stored."""

    def __init__(self, sentence: str, **what: int) -> None:
        super().__init__(sentence, what)
        self.sentence = sentence
        self.what = what

    def __str__(self) -> str:
        return gettext(self.sentence) % self.what


# What a file may hold. A workbook's cell has at most 32,767 characters; Outlook exports 92 columns.
FILE_BYTES = 100 * 1024 * 1024
COLUMNS = 120
CELL_CHARACTERS = 32_767
