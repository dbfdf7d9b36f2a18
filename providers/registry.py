"""Provider slug → adapter class."""

from __future__ import annotations

from providers.adapters.nusasms import NusaSms
from providers.adapters.rajasms import RajaSms
from providers.adapters.smsmasking import SmsMasking
from providers.adapters.tcast import Tcast
from providers.adapters.unified import Unified
from providers.base import Provider

PROVIDERS: dict[str, type[Provider]] = {
    adapter.slug: adapter for adapter in (SmsMasking, RajaSms, Tcast, Unified, NusaSms)
}
