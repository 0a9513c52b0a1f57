"""What every model of a data file is built from."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

WORD = r"^[a-z0-9][a-z0-9-]*$"
Word = Annotated[str, Field(pattern=WORD, description="a lower-case word")]
Kind = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$", description="a lower-case name")]
Key = Annotated[str, Field(pattern=r"^[0-9*#]$", description="one key of a telephone")]


class DataModel(BaseModel):
    """Base of everything that is read from a data file: unknown keys are errors."""

    model_config = ConfigDict(frozen=True, extra="forbid")
