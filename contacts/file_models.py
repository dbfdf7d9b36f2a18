"""Files in the database, in pieces: any worker on any machine can read them, and a backup has them."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Iterator
from typing import IO

from django.conf import settings
from django.db import models, transaction
from django.utils.translation import gettext_lazy as _

from providers.bulk import insert_rows

PIECE_BYTES = 256 * 1024


def open_temporary() -> IO[bytes]:
    """A file of this machine, gone once the caller closes it."""
    return tempfile.TemporaryFile(dir=settings.SMSOPS_VAR)


class StoredFile(models.Model):
    """`size` in bytes: of all pieces."""

    name = models.CharField(_("file"), max_length=200)
    size = models.PositiveBigIntegerField(default=0)

    def __str__(self) -> str:
        return self.name

    def pieces_read(self) -> Iterator[bytes]:
        """The content, one piece in memory at a time."""
        places = list(self.pieces.order_by("place").values_list("pk", flat=True))
        for pk in places:
            yield bytes(FilePiece.objects.values_list("data", flat=True).get(pk=pk))

    def as_file(self) -> IO[bytes]:
        """A copy on this machine that can be sought in, gone once it is closed."""
        file = open_temporary()
        for piece in self.pieces_read():
            file.write(piece)
        file.seek(0)
        return file


class FilePiece(models.Model):
    file = models.ForeignKey(StoredFile, on_delete=models.CASCADE, related_name="pieces")
    place = models.PositiveIntegerField()
    data = models.BinaryField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["file", "place"], name="file_piece_unique")]

    def __str__(self) -> str:
        return f"{self.file_id}/{self.place}"


@transaction.atomic
def store_file(*, name: str, blocks: Iterable[bytes]) -> StoredFile:
    stored = StoredFile.objects.create(name=name[-200:])
    append_file(stored=stored, blocks=blocks)
    return stored


def append_file(*, stored: StoredFile, blocks: Iterable[bytes]) -> None:
    """Add to the end. Call it inside a transaction."""
    place = stored.pieces.count()
    buffer = bytearray()
    for block in blocks:
        buffer += block
        while len(buffer) >= PIECE_BYTES:
            _add_piece(stored, place, bytes(buffer[:PIECE_BYTES]))
            del buffer[:PIECE_BYTES]
            place += 1
    if buffer:
        _add_piece(stored, place, bytes(buffer))
    stored.save(update_fields=["size"])


def _add_piece(stored: StoredFile, place: int, data: bytes) -> None:
    # The driver would keep an `INSERT` of this size in memory until it is collected.
    insert_rows(FilePiece, ("file_id", "place", "data"), [(stored.pk, place, data)])
    stored.size += len(data)
