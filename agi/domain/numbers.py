"""From dialled digits to a national number, or the reason why not."""

from __future__ import annotations

import re

from pydantic import Field

from agi.domain.data import DataModel
from agi.domain.errors import BadNumber


class NumberingPlan(DataModel):
    """How the subscribers of one country dial. Russia and Kazakhstan share the defaults."""

    country_code: str = Field(default="7", pattern=r"^[1-9][0-9]{0,2}$", description="no plus")
    trunk_prefix: str = Field(default="8", pattern=r"^[0-9]{0,2}$")
    national_digits: int = Field(default=10, ge=4, le=14)

    @property
    def prefixes(self) -> tuple[str, ...]:
        """What may stand before the national number; the empty one first."""
        ways = ("", self.country_code, self.trunk_prefix, f"+{self.country_code}")
        return tuple(dict.fromkeys(ways))

    def national(self, dialled: str) -> str:
        """The national number that `dialled` means.

        ASCII digits only: `str.isdigit` would take Arabic ones. A service or emergency number is
        shorter than a national one, so that it is never taken for a party of a call.

        Raises:
            BadNumber: too short, too long, or not digits.
        """
        for prefix in self.prefixes:
            rest = dialled.removeprefix(prefix)
            if dialled.startswith(prefix) and re.fullmatch(
                rf"[1-9][0-9]{{{self.national_digits - 1}}}", rest
            ):
                return rest
        raise BadNumber(
            f"{dialled!r} is not a number: dial {self.national_digits} digits, no zero first, "
            f"or {', '.join(filter(None, self.prefixes))} and {self.national_digits} digits."
        )

    def international(self, national: str) -> str:
        """The E.164 form of a national number, with its plus."""
        return f"+{self.country_code}{national}"


DEFAULT_PLAN = NumberingPlan()
"""The plan of Russia and Kazakhstan."""
