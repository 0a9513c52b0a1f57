"""Reads the data files, with errors that name the file, the line or key, and the mend."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable
from pathlib import Path
from typing import Final, TypeVar

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from agi.domain.data import DataModel
from agi.domain.errors import CollectError

KINDS: Final = ("operators", "tariffs", "services", "notices", "prompts")
"""The folders of data files."""

Model = TypeVar("Model", bound=DataModel)


class CatalogueError(CollectError):
    """A data file is wrong; the text names the file, the key and the mend."""


def check_folder(folder: Path) -> None:
    """See that `folder` is laid out like `agi/data`: files elsewhere in it would not be read.

    Raises:
        CatalogueError: it is no folder, or holds a folder of another name than the kinds.
    """
    if not folder.is_dir():
        raise CatalogueError(f"{folder} is no folder: correct data_dirs in settings.toml.")
    for path in sorted(folder.iterdir()):
        if path.is_dir() and path.name not in KINDS and not path.name.startswith("."):
            raise CatalogueError(
                f"{path} would not be read: move its files to the folders "
                f"{', '.join(KINDS)} of {folder}."
            )


def read_all(folders: Iterable[Path], kind: str, model: type[Model]) -> dict[Path, Model]:
    """The files of one kind, by path; of files of one name the last folder's."""
    paths = {
        path.name: path for folder in folders for path in sorted((folder / kind).glob("*.toml"))
    }
    return {path: _read(path, model) for path in paths.values()}


def _read(path: Path, model: type[Model]) -> Model:
    try:
        return model.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise CatalogueError(f"{path}: {error}. Correct that place.") from None
    except OSError as error:
        raise CatalogueError(
            f"{path} can't be read: {error.strerror}. Let the service's user read it, or remove it."
        ) from None
    except ValidationError as error:
        faults = "; ".join(f"{_key(fault['loc'])}: {_text(fault)}" for fault in error.errors())
        raise CatalogueError(f"{path}: {faults}. Correct these keys.") from None


def _text(fault: ErrorDetails) -> str:
    """What is wrong, without pydantic's own words for it."""
    if fault["type"] == "extra_forbidden":
        return "there is no such key"
    return fault["msg"].removeprefix("Value error, ")


def _key(location: tuple[int | str, ...]) -> str:
    """``("rules", 2, "price_minor")`` as ``rules[2].price_minor``; entries count from 0."""
    parts = (f"[{part}]" if isinstance(part, int) else f".{part}" for part in location)
    return "".join(parts).lstrip(".") or "the file"
