"""An uploaded file in the database, and what is left of it once it is forgotten: nothing."""

from __future__ import annotations

from pathlib import PurePath
from typing import IO

from contacts.file_models import FilePiece, StoredFile, store_file
from providers.cleaning import clip

BLOCK = 1 << 20


def keep_file(*, file: IO[bytes], name: str) -> StoredFile:
    """The whole file, without the folders that its name may tell of."""
    file.seek(0)
    return store_file(name=clip(PurePath(name).name, 200), blocks=iter(lambda: file.read(BLOCK), b""))


def drop_file(*, file_id: int | None) -> None:
    """Whoever refers to it has let go of it before."""
    if file_id:
        FilePiece.objects.filter(file=file_id).delete()
        StoredFile.objects.filter(pk=file_id).delete()
