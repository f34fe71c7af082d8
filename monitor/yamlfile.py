"""YAML files that a person writes: read with line numbers, checked by a model, every error with its place and mend."""

from __future__ import annotations

import io
from dataclasses import dataclass
from pathlib import Path
from types import UnionType
from typing import Annotated, Any, TypeVar, Union, get_args, get_origin

from pydantic import BaseModel, ValidationError

from . import yamlfast


@dataclass
class FileError(Exception):
    """A file a person must mend: which file, which line (1-based, or None), which key, what is wrong, what to do."""

    file: str
    problem: str
    mend: str
    line: int | None = None
    key: str | None = None

    def __str__(self) -> str:
        place = self.file if self.line is None else f"{self.file}:{self.line}"
        key = f" {self.key}:" if self.key else ""
        return f"{place}:{key} {self.problem}. {self.mend}"


class FileErrors(Exception):
    """Every problem found in one go, so that a person mends them in one go."""

    def __init__(self, errors: list[FileError]) -> None:
        super().__init__("\n".join(str(error) for error in errors))
        self.errors = errors


Model = TypeVar("Model", bound=BaseModel)


def read_mapping(path: Path) -> Any:
    """The file's top-level mapping, with line numbers kept on it.

    Raises FileErrors where the file is missing, unreadable, not UTF-8, not YAML, has a key twice, or is no mapping.
    """
    name = str(path)
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except FileNotFoundError:
        raise FileErrors(
            [FileError(name, "no such file", "Check the path, or run `monitor init` to make one")]
        ) from None
    except UnicodeDecodeError as error:
        raise FileErrors([FileError(name, f"not UTF-8 at byte {error.start}", "Save the file as UTF-8")]) from None
    except OSError as error:
        raise FileErrors([FileError(name, error.strerror or str(error), "Make the file readable")]) from None
    data = yamlfast.load(text)
    if data is None:
        data = _read_slowly(text, name)
    if data is None:
        raise FileErrors([FileError(name, "the file is empty", "Write at least the required keys")])
    if not isinstance(data, dict):
        raise FileErrors([FileError(name, "expected `key: value` lines", "Start the file with a key", 1)])
    return data


def _read_slowly(text: str, name: str) -> Any:
    """The document by the reader in Python, which says best what is wrong and where."""
    from ruamel.yaml import YAML
    from ruamel.yaml.constructor import DuplicateKeyError
    from ruamel.yaml.error import MarkedYAMLError, YAMLError

    try:
        return YAML(typ="rt", pure=True).load(io.StringIO(text))
    except DuplicateKeyError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else None
        problem = (error.problem or "duplicate key").split(" with value")[0]
        raise FileErrors([FileError(name, problem, "Keep one of the two", line)]) from None
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        what = ", ".join(part for part in (error.context, error.problem) if part)
        line = mark.line + 1 if mark else None
        raise FileErrors(
            [FileError(name, f"not valid YAML: {what}", "Check indentation, quotes and colons", line)]
        ) from None
    except YAMLError as error:
        raise FileErrors(
            [FileError(name, f"not valid YAML: {error}", "Check indentation, quotes and colons")]
        ) from None


def read_data(path: Path) -> Any:
    """One of our own data files (a lexicon, a table): mappings, sequences and scalars as YAML 1.2 has them."""
    text = path.read_text(encoding="utf-8")
    data = yamlfast.load(text)
    if data is None:
        from ruamel.yaml import YAML

        data = YAML(typ="safe", pure=True).load(text)
    return data


def line_of(data: Any, path: tuple[str | int, ...]) -> int | None:
    """The 1-based line of the value at `path` in a mapping from `read_mapping`, or of its nearest parent."""
    line: int | None = None
    step: Any
    for step in path:
        marks = getattr(data, "lc", None)
        if marks is None or not isinstance(data, (dict, list)):
            break
        try:
            line = (marks.key(step) if isinstance(data, dict) else marks.item(step))[0] + 1
            data = data[step]
        except (KeyError, IndexError, TypeError):
            break
    return line


def validate(model: type[Model], data: Any, file: str, at: tuple[str | int, ...] = ()) -> Model:
    """`data` as `model`, or FileErrors that name file, line and key of each fault.

    `at` is where `data` lies in the file's mapping, for keys such as `feeds[3].url`.
    """
    try:
        return model.model_validate(data)
    except ValidationError as error:
        raise FileErrors([_explain(model, data, file, at, fault) for fault in error.errors()]) from None


def _explain(model: type[BaseModel], data: Any, file: str, at: tuple[str | int, ...], fault: Any) -> FileError:
    path = tuple(step for step in fault["loc"] if not (isinstance(step, str) and step.startswith("function-")))
    key = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in (*at, *path)).lstrip(".")
    line = line_of(data, path)
    if line is None and getattr(data, "lc", None) is not None:
        line = data.lc.line + 1
    kind, context = fault["type"], fault.get("ctx", {})
    if kind == "extra_forbidden":
        return FileError(file, "unknown key", _nearest(str(path[-1]), _known_keys(model, path[:-1])), line, key)
    if kind == "missing":
        return FileError(file, "required, but missing", "Add it", line, key)
    if kind == "value_error":
        problem, _, mend = str(context.get("error", fault["msg"])).partition(" -> ")
        return FileError(file, problem, mend or "Correct the value", line, key)
    shown = (
        repr(fault["input"]) if isinstance(fault["input"], (str, int, float, bool)) else type(fault["input"]).__name__
    )
    problem = fault["msg"][0].lower() + fault["msg"][1:]
    return FileError(file, f"{problem}, but it is {shown[:60]}", "Correct the value", line, key)


def _known_keys(model: type[BaseModel], path: tuple[str | int, ...]) -> list[str]:
    """The keys that may stand at a place below `model`, by the types on the way there; none where nothing is known."""
    here: list[Any] = [model]
    for step in path:
        here = [below for kind in here for below in _below(kind, step)]
    models = [kind for each in here for kind in _unwrapped(each) if _is_model(kind)]
    return sorted({field.alias or name for kind in models for name, field in kind.model_fields.items()})


def _below(kind: Any, step: str | int) -> list[Any]:
    """The types that may stand under a key or at an index of a value of type `kind`."""
    found: list[Any] = []
    for each in _unwrapped(kind):
        if _is_model(each):
            found += [f.annotation for name, f in each.model_fields.items() if step in (name, f.alias)]
        elif arguments := get_args(each):  # a list's items, a mapping's values
            found.append(arguments[0] if arguments[-1] is Ellipsis else arguments[-1])
    return found


def _unwrapped(kind: Any) -> list[Any]:
    """The types that `X | None`, `Annotated[X, ...]` and the like stand for."""
    origin = get_origin(kind)
    if origin is Annotated:
        return _unwrapped(get_args(kind)[0])
    if origin in (Union, UnionType):
        return [each for argument in get_args(kind) for each in _unwrapped(argument)]
    return [kind]


def _is_model(kind: Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, BaseModel)


def _nearest(key: str, known: list[str]) -> str:
    from difflib import get_close_matches

    if not known:
        return "Delete it"
    close = get_close_matches(key, known, n=1)
    listed = f"Known keys here: {', '.join(known)}"
    return f"Did you mean `{close[0]}`? {listed}" if close else listed
