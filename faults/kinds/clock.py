"""The wall clock of one process steps, by libfaketime; the machine's own is never touched."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from functools import partial
from pathlib import Path

from faults import plans
from faults.kinds.kind import Kind
from faults.site import Site
from lab import aptroot
from lab.render import write_private

_SUITE = "bookworm"
"""Its library suits this machine's programs and the newer ones of the private root."""
_PACKAGES = ("libfaketime",)
_TWO_UNITS = "6"


async def _prepare(site: Site, program: str) -> None:
    """Let `program` run under a clock of its own, which is right for now."""
    root = await asyncio.to_thread(aptroot.provide, _PACKAGES, suite=_SUITE)
    library = root.libraries / "faketime" / "libfaketimeMT.so.1"
    _set(site, 0)
    under = f"LD_PRELOAD={library} FAKETIME_TIMESTAMP_FILE={_offset_file(site)} "
    await site.run_under(program, f"{under}FAKETIME_NO_CACHE=1 FAKETIME_DONT_FAKE_MONOTONIC=1")


async def _step(site: Site, seconds: int) -> None:
    """Step and stay so."""
    _set(site, seconds)


def _set(site: Site, seconds: int) -> None:
    write_private(_offset_file(site), f"{seconds:+d}\n")


def _offset_file(site: Site) -> Path:
    return site.instance.home / "faketime"


def _kind(whose: str, program: str, way: str) -> Kind:
    kind = Kind(
        f"{whose} clock set {way} by an hour",
        plans.in_the_talk,
        partial(_step, seconds=3600 if way == "forward" else -3600),
        prepare=partial(_prepare, program=program),
    )
    if program != "asterisk":
        return kind
    # With money for two units each: set back, Asterisk's own limits come an hour late, and it is
    # the service that has to end the calls.
    return replace(kind, steps_record=True, payers=kind.calls, balance=_TWO_UNITS)


_PROGRAMS = {"service's": "service", "Redis'": "redis", "Asterisk's": "asterisk"}
KINDS = tuple(
    _kind(whose, program, way)
    for whose, program in _PROGRAMS.items()
    for way in ("forward", "back")
)
