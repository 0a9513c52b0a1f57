"""What all services of a world share, and what troubles them."""

from __future__ import annotations

from dataclasses import dataclass, field
from random import Random

from agi.catalogue import Catalogue
from agi.domain.speech import Voices
from agi.settings import Settings
from simulation.asterisk import Asterisk
from simulation.gateway import Phones
from simulation.life import RedisTrouble
from simulation.virtual_time import VirtualClock, VirtualLoop
from simulation.wire import Rounds, Wire


@dataclass
class EventTrouble:
    """What may happen to an event on its way."""

    lost: float = 0.0
    twice: float = 0.0
    late: float = 0.0
    longest_delay_s: float = 8.0
    answers_lost: float = 0.0
    """How often the answer to an action is lost."""


@dataclass
class Surroundings:
    """What all services of a world share."""

    loop: VirtualLoop
    chance: Random
    wire: Wire
    rounds: Rounds
    asterisk: Asterisk
    clock: VirtualClock
    """Of the machine that the services run on."""
    catalogue: Catalogue
    settings: Settings
    voices: Voices
    phones: Phones
    redis: RedisTrouble = field(default_factory=RedisTrouble)
    events: EventTrouble = field(default_factory=EventTrouble)
