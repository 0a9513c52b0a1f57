"""Reads the data files, with errors that name the file, the line or key, and the mend."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable
from pathlib import Path
from typing import TypeVar

from pydantic import ValidationError

from agi.domain.data import DataModel
from agi.domain.errors import CollectError

Model = TypeVar("Model", bound=DataModel)


class CatalogueError(CollectError):
    """A data file is wrong; the text names the file, the key and the mend."""


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
        raise CatalogueError(f"{path} can't be read: {error.strerror}.") from None
    except ValidationError as error:
        faults = (f"{_key(fault['loc'])}: {fault['msg']}" for fault in error.errors())
        raise CatalogueError(f"{path}: {'; '.join(faults)}. Correct these keys.") from None


def _key(location: tuple[int | str, ...]) -> str:
    """``("rules", 2, "price_minor")`` as ``rules[2].price_minor``; entries count from 0."""
    parts = (f"[{part}]" if isinstance(part, int) else f".{part}" for part in location)
    return "".join(parts).lstrip(".") or "the file"
