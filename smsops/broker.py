"""The built-in engine of the queue: a folder. No server, one machine.

Kombu's own writes a task's file in place, and a reader may pick it up half-written, which ends the worker; it also
moves what it reads through the system's temporary folder. Here a file appears whole or not at all, and a reader wins
it by renaming it within the folder.
"""

from __future__ import annotations

import time
import uuid
from pathlib import Path
from queue import Empty
from typing import Any

from kombu.transport import filesystem
from kombu.utils.json import dumps, loads


class Channel(filesystem.Channel):
    def _put(self, queue: str, payload: dict[str, Any], **kwargs: Any) -> None:
        folder = Path(self.data_folder_out)
        hidden = folder / f".{uuid.uuid4().hex}"
        hidden.write_text(dumps(payload))
        hidden.rename(folder / f"{time.time_ns():020d}_{uuid.uuid4().hex}.{queue}.msg")

    def _get(self, queue: str) -> dict[str, Any]:
        """The oldest task of a queue, or `Empty`; a file that another reader won is passed over."""
        for path in sorted(Path(self.data_folder_in).glob(f"*.{queue}.msg")):
            won = path.with_name(f".{uuid.uuid4().hex}")
            try:
                path.rename(won)
            except FileNotFoundError:
                continue
            try:
                return dict(loads(won.read_text()))
            finally:
                won.unlink()
        raise Empty


class Transport(filesystem.Transport):
    Channel = Channel
