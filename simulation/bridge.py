"""The bridge of a call: what Asterisk says and writes of it, and what is true of it."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Protocol

from simulation.asterisk import Asterisk, Leg, Source, Truth


class Observer(Protocol):
    """Who watches the bridge, with eyes that no service has."""

    def bridged(self, truth: Truth) -> None:
        """Both legs are in one bridge now."""

    def parted(self, truth: Truth) -> None:
        """They are no more."""


class Bridge:
    """Where the two legs of a call meet, once."""

    def __init__(self, asterisk: Asterisk, truth: Truth, observer: Observer) -> None:
        self._asterisk = asterisk
        self._truth = truth
        self._observer = observer
        self._legs: tuple[Leg, ...] = ()
        self.parted: asyncio.Future[Source] = asterisk.loop.create_future()
        """Done when it is over: by whom or what."""

    @property
    def lasts(self) -> bool:
        """Whether the two can hear each other now."""
        return bool(self._legs) and not self.parted.done()

    def join(self, *legs: Leg) -> None:
        """The legs come in, one after the other."""
        self._legs = legs
        for channels, leg in enumerate(legs, 1):
            self._enter(leg, channels)
        self._truth.bridged_us = self._asterisk.loop.now_us
        self._truth.bridged_at_ms = self._asterisk.clock.wall_ms()
        self._asterisk.write(self._truth.call_id, lambda dark, ms: replace(dark, bridged_at_ms=ms))
        self._observer.bridged(self._truth)

    def part(self, source: Source) -> None:
        """It is over, whichever leg left it first; without effect where it does not last."""
        if not self.lasts:
            return
        self._truth.parted_us = self._asterisk.loop.now_us
        self._truth.parted_at_ms = self._asterisk.clock.wall_ms()
        self._truth.parted_by = source
        for leg in self._legs:
            leg.bridged = False
        if source is not Source.CRASH:
            self._asterisk.write(
                self._truth.call_id, lambda dark, ms: replace(dark, bridge_left_at_ms=ms)
            )
        self._observer.parted(self._truth)
        self.parted.set_result(source)

    def _enter(self, leg: Leg, channels: int) -> None:
        leg.bridged = True
        self._asterisk.publish(
            "BridgeEnter",
            Linkedid=leg.call_id,
            Channel=leg.name,
            Uniqueid=leg.uniqueid,
            BridgeUniqueid=f"bridge-{leg.call_id}",
            BridgeNumChannels=str(channels),
        )
