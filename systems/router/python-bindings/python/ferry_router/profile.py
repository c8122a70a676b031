"""The numbers of the cost model, to read and to change.

A profile is what `profiles/default.toml` of the router says: nested tables, most of them percentages. A number is named by its keys
(``profile["surface"]["cobbles"]["stress"]``) or by a path (``profile["surface.cobbles.stress"]``).
"""

from __future__ import annotations

import copy
import tomllib
from collections.abc import Iterator, Mapping, MutableMapping
from typing import Any

from ._native import check_profile, default_profile


class Profile(MutableMapping[str, Any]):
    """Changes take effect when a city is customized with it: see :meth:`City.customize`."""

    def __init__(self, tables: Mapping[str, Any]) -> None:
        self._tables: dict[str, Any] = copy.deepcopy(dict(tables))

    @classmethod
    def default(cls) -> Profile:
        """The profile that cities are built with unless another is named."""
        return cls(tomllib.loads(default_profile()))

    @classmethod
    def from_toml(cls, text: str) -> Profile:
        """The default profile, with what `text` says laid over it.

        :raises ValueError: not TOML, an unknown key, or a number out of range; the message names it.
        """
        check_profile(text)
        profile = cls.default()
        _lay_over(profile._tables, tomllib.loads(text))
        return profile

    def to_toml(self) -> str:
        """The whole profile, for a file or `router-build --profile`."""
        return _to_toml(self._tables)

    def check(self) -> None:
        """:raises ValueError: an unknown key or a number out of range; the message names it."""
        check_profile(self.to_toml())

    def copy(self) -> Profile:
        return Profile(self._tables)

    def __getitem__(self, path: str) -> Any:
        value: Any = self._tables
        for key in path.split("."):
            if not isinstance(value, Mapping) or key not in value:
                raise KeyError(path)
            value = value[key]
        return value

    def __setitem__(self, path: str, value: Any) -> None:
        *outer, key = path.split(".")
        table = self[".".join(outer)] if outer else self._tables
        # A key that the profile does not have would change nothing: say so now rather than after a sweep.
        if not isinstance(table, dict) or key not in table:
            raise KeyError(f"{path}: the profile has no such key")
        table[key] = value

    def __delitem__(self, path: str) -> None:
        raise TypeError("a profile always has all its keys")

    def __iter__(self) -> Iterator[str]:
        return iter(self._tables)

    def __len__(self) -> int:
        return len(self._tables)

    def __repr__(self) -> str:
        return f"Profile({', '.join(self)})"


def _lay_over(below: dict[str, Any], above: Mapping[str, Any]) -> None:
    for key, value in above.items():
        if isinstance(value, Mapping) and isinstance(below.get(key), dict):
            _lay_over(below[key], value)
        else:
            below[key] = value


def _to_toml(tables: Mapping[str, Any]) -> str:
    """One line a key; tables two levels deep get a header each, deeper ones stand inline."""
    lines = [f"{key} = {_value(value)}" for key, value in tables.items() if not isinstance(value, Mapping)]
    for name, table in tables.items():
        if isinstance(table, Mapping):
            lines += ["", f"[{name}]", *(f"{key} = {_value(value)}" for key, value in table.items())]
    return "\n".join(lines) + "\n"


def _value(value: object) -> str:
    match value:
        case bool():
            return "true" if value else "false"
        case int() | float():
            return repr(value)
        case str():
            escaped = "".join(char if char.isprintable() and char not in '"\\' else f"\\U{ord(char):08x}" for char in value)
            return f'"{escaped}"'
        case Mapping():
            return "{ " + ", ".join(f"{key} = {_value(item)}" for key, item in value.items()) + " }"
        case list() | tuple():
            return "[" + ", ".join(map(_value, value)) + "]"
    raise ValueError(f"{value!r} cannot stand in a profile: numbers, texts, booleans, lists and tables can")
