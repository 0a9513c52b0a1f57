"""The wall clock of one process steps, by libfaketime; the machine's own is never touched."""

from __future__ import annotations

import asyncio
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


async def _prepare(site: Site, program: str) -> None:
    """Let `program` run under a clock of its own, which is right for now."""
    path = site.instance.home / "supervisord.conf"
    text = path.read_text(encoding="utf-8")
    if "LD_PRELOAD" not in text:
        root = await asyncio.to_thread(aptroot.provide, _PACKAGES, suite=_SUITE)
        library = root.libraries / "faketime" / "libfaketimeMT.so.1"
        _set(site, 0)
        under = f"LD_PRELOAD={library} FAKETIME_TIMESTAMP_FILE={_offset_file(site)} "
        under += "FAKETIME_NO_CACHE=1 FAKETIME_DONT_FAKE_MONOTONIC=1 "
        head, name, rest = text.partition(f"[program:{program}]\ncommand=")
        write_private(path, f"{head}{name}/usr/bin/env {under}{rest}")
        await site.update()
    _set(site, 0)


async def _step(site: Site, seconds: int) -> None:
    """Step and stay so."""
    _set(site, seconds)


def _set(site: Site, seconds: int) -> None:
    write_private(_offset_file(site), f"{seconds:+d}\n")


def _offset_file(site: Site) -> Path:
    return site.instance.home / "faketime"


def _kind(name: str, program: str, seconds: int) -> Kind:
    return Kind(
        name,
        plans.in_the_talk,
        partial(_step, seconds=seconds),
        prepare=partial(_prepare, program=program),
    )


KINDS = (
    _kind("service's clock set forward by an hour", "service", 3600),
    _kind("service's clock set back by an hour", "service", -3600),
)
