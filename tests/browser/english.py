"""How English is told on a page that is to be Indonesian: by whole texts that have a translation, and by its words."""

import re
from functools import cache
from pathlib import Path

import django
import import_export
import polib
import unfold
from django.utils.translation import gettext, override

# Words of the screen that are no Indonesian words as well.
WORD = re.compile(r"\b[A-Za-z]+\b")
ENGLISH = set(
    WORD.findall("""
    able about account accounts action actions add added address after again all allowed already an and any
    apply are at aug august available back been before between by can cancel change changed choose chosen clear
    click close confirm contact contacts create created current day days dec december default delete deleted
    delivered delivery disable does done each edit empty enabled end enter error errors every failed february
    few fewer first for found friday from give given go group groups has have held here hide history hold home
    hour hours how if import in inbox is it its january july june keep kind last later leave left less list load
    loading login logout longer lower make march match may message messages midnight minute minutes monday more
    most must name need never new next noon not nothing now number numbers oct october of off old one only open
    or order other our outbox own page password paused please previous put queue queued reason received
    recipient recipients records remove required reset results resume return right rights run saturday save
    search see select selected sender sent set settings should show shown since some start state stay still stop
    stopped submit success successfully sunday suspended take text than that the their them then there these
    they this thursday time to today toggle too total try tuesday type unknown unread until update updated
    upload use used user username users value view wait waiting waits was wednesday welcome were what when where
    which who why will with without word write written wrong year yes yesterday you your
    """)
)
# Not for translation: names of places at providers, values that are typed, and what the browser itself is told.
LEFT_AS_IT_IS = re.compile(
    r"""https?://\S+ | \{[^}]*\} | \S+[_/\\.@=]\S+ | \b[A-Z]+_[A-Z_]+\b
    | ^send$ | SMS\ Inbox\ >\ Activity | Account\ Setting | push\ inbox | \btab\b""",
    re.VERBOSE,
)
# Django has other words for them; ours are as good.
SPELT_ALIKE = {"Status", "Format", "English"}


@cache
def english_sentences():
    """Every text of ours, Django, the theme and import-export, where the Indonesian is another one."""
    packages = [Path(module.__file__).parent for module in (django, unfold, import_export)]
    catalogues = [file for package in packages for file in package.glob("**/locale/de/LC_MESSAGES/django.mo")]
    catalogues += Path(__file__).parents[2].glob("smsops/locale/id/LC_MESSAGES/django.mo")
    told = {entry.msgid for file in catalogues for entry in polib.mofile(file)}
    with override("id"):
        return {" ".join(text.split()) for text in told if text.strip() and gettext(text) != text}


def english_in(texts):
    """What a page must not say: whole texts that have a translation, and single English words."""
    found = {text for text in texts if text in english_sentences() and text not in SPELT_ALIKE}
    for text in texts:
        words = {word.lower() for word in WORD.findall(LEFT_AS_IT_IS.sub(" ", text))}
        if words & ENGLISH:
            found.add(f"{text} [{', '.join(sorted(words & ENGLISH))}]")
    return found
