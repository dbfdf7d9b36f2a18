"""Credentials are encrypted at rest, with keys from SALT_KEY only; the first key writes, all of them read."""

from __future__ import annotations

import base64
import hashlib
import json
from contextlib import suppress
from functools import lru_cache
from typing import Any

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings
from django.db import models
from django.utils.translation import gettext_noop

UNREADABLE = gettext_noop("The stored credentials cannot be read: SALT_KEY was changed or lost.")


class UnreadableCredentials(Exception):
    """The stored value fits none of the keys: SALT_KEY was changed or lost."""


@lru_cache(maxsize=4)
def _fernet(keys: tuple[str, ...]) -> MultiFernet:
    derived = (base64.urlsafe_b64encode(hashlib.sha256(key.encode()).digest()) for key in keys)
    return MultiFernet([Fernet(key) for key in derived])


def encrypt(value: dict[str, Any]) -> str:
    return _fernet(tuple(settings.SALT_KEYS)).encrypt(json.dumps(value).encode()).decode()


@lru_cache(maxsize=256)
def _open(token: str, keys: tuple[str, ...]) -> bytes:
    """Every callback asks for its account's again."""
    return _fernet(keys).decrypt(token.encode())


def decrypt(token: str) -> dict[str, Any]:
    try:
        return dict(json.loads(_open(token, tuple(settings.SALT_KEYS))))
    except (InvalidToken, ValueError) as error:
        raise UnreadableCredentials(UNREADABLE) from error


class SealedCharField(models.CharField):
    """Kept in clear, since rows are looked up by it; dumps give the ciphertext, which loading reads again."""

    def value_to_string(self, obj: models.Model) -> str:
        return encrypt({"value": self.value_from_object(obj)})

    def to_python(self, value: Any) -> Any:
        if isinstance(value, str) and len(value) > (self.max_length or 0):
            with suppress(UnreadableCredentials):
                return decrypt(value).get("value")
        return super().to_python(value)

    def deconstruct(self) -> tuple[str, str, Any, Any]:
        """To the database it is a plain CharField."""
        name, _path, args, kwargs = super().deconstruct()
        return name, "django.db.models.CharField", args, kwargs


class _Sealed:
    """Decrypts on access, so that a list of accounts stays readable when one account's key is lost."""

    def __init__(self, name: str) -> None:
        self.name = name

    def __get__(self, instance: models.Model | None, owner: type) -> Any:
        if instance is None:
            return self
        stored = instance.__dict__.get(self.name)
        if isinstance(stored, str):
            stored = instance.__dict__[self.name] = decrypt(stored)
        return stored

    def __set__(self, instance: models.Model, value: Any) -> None:
        instance.__dict__[self.name] = value


class EncryptedJSONField(models.TextField):
    """A dict, kept as a Fernet token. Dumps (`value_to_string`) give the ciphertext."""

    _pyi_private_get_type: Any
    _pyi_private_set_type: Any

    def contribute_to_class(self, cls: type[models.Model], name: str, private_only: bool = False) -> None:
        super().contribute_to_class(cls, name, private_only)
        setattr(cls, name, _Sealed(name))

    def pre_save(self, model_instance: models.Model, add: bool) -> Any:
        return model_instance.__dict__.get(self.attname)

    def get_prep_value(self, value: Any) -> Any:
        return encrypt(value) if isinstance(value, dict) else value

    def value_to_string(self, obj: models.Model) -> str:
        return str(self.get_prep_value(obj.__dict__.get(self.attname)))
