"""The Indonesian catalogue is whole, compiled, and up to date with the code; languages can be switched."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import polib
import pytest
from django.conf import settings
from django.contrib.auth.models import Group
from django.utils.translation import override

from providers.formats import told, told_labels
from smsops.console.labels import role_label

CATALOGUE = Path(settings.BASE_DIR) / "smsops/locale/id/LC_MESSAGES/django.po"
SOURCES = ("smsops", "providers", "contacts", "templates", "static", "manage.py")
PLACEHOLDER = re.compile(r"%\(\w+\)[sd]|%[sd]|\{\w*\}|</?\w+")
LANGUAGES = [("en", "Log in"), ("id", "Masuk")]


def catalogue(path=CATALOGUE):
    return polib.pofile(str(path))


def told_of(entry):
    return [entry.msgstr, *entry.msgstr_plural.values()]


def test_every_text_has_an_indonesian_one():
    entries = [entry for entry in catalogue() if not entry.translated() or entry.fuzzy or entry.obsolete]
    assert [entry.msgid for entry in entries] == []
    assert catalogue().metadata["Plural-Forms"] == "nplurals=1; plural=0;"


def test_the_compiled_catalogue_is_that_of_the_text():
    compiled = polib.mofile(str(CATALOGUE.with_suffix(".mo")))
    assert {(e.msgctxt, e.msgid): told_of(e) for e in compiled} == {
        (e.msgctxt, e.msgid): told_of(e) for e in catalogue()
    }


@pytest.fixture
def gathered(tmp_path):
    """The catalogue as `make messages` would leave it, in a copy of the sources."""
    if shutil.which("xgettext") is None:
        if os.environ.get("CI") == "true":
            pytest.fail("no xgettext here; get it with: apt-get install gettext")
        pytest.skip("no xgettext here; get it with: apt-get install gettext")
    for name in SOURCES:
        source = Path(settings.BASE_DIR) / name
        copy = shutil.copytree if source.is_dir() else shutil.copy
        copy(source, tmp_path / name)
    command = [sys.executable, "manage.py", "makemessages", "--locale", "id", "--no-wrap", "--no-location"]
    environment = os.environ | {"DJANGO_SETTINGS_MODULE": "smsops.settings", "DEBUG": "1"}
    subprocess.run(command, cwd=tmp_path, env=environment, check=True, capture_output=True, timeout=60)
    return catalogue(tmp_path / CATALOGUE.relative_to(settings.BASE_DIR))


def test_the_code_says_nothing_that_the_catalogue_lacks(gathered):
    missing = [entry.msgid for entry in gathered if not entry.obsolete and (entry.fuzzy or not entry.translated())]
    assert missing == [], "run `make messages` and translate these"
    assert [entry.msgid for entry in gathered.obsolete_entries()] == [], "run `make messages`"


def test_translations_hold_the_same_values():
    for entry in catalogue():
        wanted = [sorted(PLACEHOLDER.findall(text)) for text in (entry.msgid, entry.msgid_plural) if text]
        for text in told_of(entry):
            assert not text or sorted(PLACEHOLDER.findall(text)) in wanted, entry.msgid


@pytest.mark.parametrize(("language", "word"), LANGUAGES)
def test_the_browser_says_in_which_language_the_login_greets(client, db, language, word):
    page = client.get("/admin/login/", headers={"accept-language": language}).content.decode()
    assert f'lang="{language}"' in page
    assert word in page


@pytest.mark.parametrize(("language", "word"), [("en", "Accounts"), ("id", "Akun")])
def test_a_person_switches_the_language(client_of, language, word):
    client = client_of("Administrator")
    client.post("/i18n/setlang/", {"language": language, "next": "/admin/"})
    page = client.get("/admin/providers/account/").content.decode()
    assert f'<html lang="{language}"' in page
    assert word in page


def test_roles_are_named_in_the_reader_s_language():
    with override("id"):
        assert role_label(Group(name="Approver")) == "Penyetuju"
        assert role_label(Group(name="Kantor Bandung")) == "Kantor Bandung"


@pytest.mark.parametrize(
    ("stored", "shown"),
    [
        ("The balance was empty. (told to pengirim-1)", "Saldo kosong. (dinyatakan kepada pengirim-1)"),
        ("Not changed: The balance was empty. (1025)", "Tidak diubah: Saldo kosong. (1025)"),
        ("The old callback address (…abcd) was revoked.", "Alamat callback lama (…abcd) dicabut."),
        ("Saldo Anda habis 50%", "Saldo Anda habis 50%"),
        ("", ""),
    ],
)
def test_what_was_stored_in_english_is_shown_translated(stored, shown):
    with override("id"):
        assert told(stored) == shown


def test_names_of_changed_fields_are_translated():
    with override("id"):
        assert told_labels("Server address, Sender ID, Toko") == "alamat server, ID pengirim, Toko"


def test_a_page_of_an_error_needs_nothing_but_itself():
    page = (Path(settings.BASE_DIR) / "templates/500.html").read_text()
    assert "{%" not in page
    assert "Terjadi kesalahan" in page


def test_a_process_that_only_shows_what_others_stored_translates_it():
    script = (
        "import django; django.setup();"
        "from django.utils.translation import override; from providers.formats import told;"
        "override('id').__enter__(); print(told('Stopped by itself: too many refusals. Most often: x'))"
    )
    environment = os.environ | {"DJANGO_SETTINGS_MODULE": "smsops.settings", "DEBUG": "1", "PYTHONIOENCODING": "utf-8"}
    command = [sys.executable, "-c", script]
    shown = subprocess.run(command, env=environment, cwd=settings.BASE_DIR, check=True, capture_output=True, timeout=60)
    assert shown.stdout.decode().strip().endswith("x")
    assert "Stopped by itself" not in shown.stdout.decode()
