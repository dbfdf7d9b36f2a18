"""What settings.py needs before Django exists."""

from __future__ import annotations

import os
import secrets
from contextlib import suppress
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured


def make_folder(var: Path) -> None:
    """The one folder that the application writes to; the system check smsops.E003 looks at its permissions."""
    try:
        var.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ImproperlyConfigured(f"SMSOPS_VAR: the folder {var} cannot be made ({error.strerror}).") from None


def kept_secret(path: Path, size: int) -> str:
    """The secret kept in a file that this user only may read, made of `size` random bytes on first use.

    Several processes may start at once: the file appears with its content or not at all, and the first one wins.
    """
    if not path.exists():
        draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(secrets.token_urlsafe(size))
        with suppress(FileExistsError):
            os.link(draft, path)
        draft.unlink()
    return path.read_text().strip()
