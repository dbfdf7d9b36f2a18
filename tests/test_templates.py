"""SMS texts and names are hostile: nothing that a stranger may have written stands where scripts read."""

import re
from pathlib import Path

import pytest
from django.conf import settings

TEMPLATES = sorted(Path(settings.BASE_DIR, "templates").rglob("*.html"))
ATTRIBUTE = re.compile(r"""\s((?:x-|hx-|@|:)[\w.:@-]*)\s*=\s*("[^"]*"|'[^']*')""")
VALUE = re.compile(r"{{\s*(.*?)\s*}}")
TAG = re.compile(r"{%\s*(\w+)")
# Ours: an id or a number that we have made ourselves.
HARMLESS_VALUE = re.compile(r"^[\w.]*\b(?:id|pk|key|counter|counter0)$")
HARMLESS_TAGS = {"url", "static", "if", "else", "elif", "endif", "translate", "trans"}


def complaints_about(text):
    for name, value in ATTRIBUTE.findall(text):
        bad = [found for found in VALUE.findall(value) if not HARMLESS_VALUE.match(found)]
        bad += [tag for tag in TAG.findall(value) if tag not in HARMLESS_TAGS]
        if bad:
            yield name, bad


def test_it_finds_the_templates():
    assert len(TEMPLATES) > 5


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.name)
def test_no_value_stands_in_an_attribute_that_scripts_read(path):
    assert list(complaints_about(path.read_text())) == []


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.name)
def test_no_template_needs_an_inline_script_or_switches_escaping_off(path):
    text = path.read_text()
    assert not re.search(r"<script(?![^>]*\bsrc=)(?![^>]*application/json)[^>]*>", text)
    assert not re.search(r"\son\w+\s*=\s*[\"']", text)
    assert "|safe" not in text
    assert "autoescape off" not in text


@pytest.mark.parametrize(
    "text",
    [
        "<p x-data=\"{name: '{{ contact.name }}'}\">",
        '<p :title="{{ message.text }}">',
        "<p @click='say(\"{{ name }}\")'>",
        '<p hx-vals="{{ values|safe }}">',
    ],
)
def test_it_would_notice(text):
    assert list(complaints_about(text))
