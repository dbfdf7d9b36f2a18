"""Where a campaign's recipients come from, as a person chose it (pure). Pasted and uploaded ones are kept as rows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class AudienceSpec:
    """Ids of groups, contacts and an earlier campaign, whose messages of some statuses are meant.

    Groups: members of any of the one, of all of the others; whoever is in an excepted one gets nothing, wherever his
    number comes from. `not_reached_days`: nobody who got another campaign's message within so many days; 0: no matter.
    """

    everyone: bool = False
    any_groups: tuple[int, ...] = ()
    all_groups: tuple[int, ...] = ()
    except_groups: tuple[int, ...] = ()
    contacts: tuple[int, ...] = ()
    earlier: int | None = None
    statuses: tuple[str, ...] = ()
    not_reached_days: int = 0

    @classmethod
    def read(cls, stored: Mapping[str, Any]) -> AudienceSpec:
        known: dict[str, Any] = {field.name: stored[field.name] for field in fields(cls) if field.name in stored}
        lists: dict[str, Any] = {name: tuple(value) for name, value in known.items() if isinstance(value, list)}
        return cls(**known | lists)

    def as_json(self) -> dict[str, Any]:
        return {name: list(value) if isinstance(value, tuple) else value for name, value in asdict(self).items()}

    @property
    def has_groups(self) -> bool:
        return self.everyone or bool(self.any_groups or self.all_groups)
