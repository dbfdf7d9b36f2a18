"""Who stands in the phone books of the model."""

from dataclasses import dataclass, field

from contacts.comparing.types import ADDRESS, BIRTH, DESCRIPTION, NAME, NUMBER


def number_of(index):
    return f"+62812000000{index:02d}"


def values_of(number, name="", address="", birth="", description=""):
    return {NAME: name, NUMBER: number, ADDRESS: address, BIRTH: birth, DESCRIPTION: description}


@dataclass
class Person:
    values: dict
    groups: set = field(default_factory=set)
    has_left: bool = False
    is_kept: bool = False


@dataclass
class Entry:
    values: dict
    group: str = ""
    is_usable: bool = True
