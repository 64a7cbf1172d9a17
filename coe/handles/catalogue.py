"""The platforms as plain values, and the index by which a host name finds its platform.

Built from the shipped YAML or from database rows alike: ``Platform.from_data`` takes the dictionary a YAML entry is, and a row
can keep that dictionary in its columns.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, fields
from difflib import get_close_matches
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

import yaml

__all__ = ["KINDS", "Catalogue", "PathRule", "Platform", "default_catalogue", "name_key"]

KINDS = ("social", "messaging", "app", "publication", "web", "other")
_NAMES_COMPARED = 500
_PREFIXES = ("www.", "m.", "mobile.", "web.", "touch.", "old.")


def name_key(name: str) -> str:
    """Reduce a platform's name to what tells it apart: case, accents, spaces and hyphens do not (``Linked-In``, ``linkedin``)."""
    plain = "".join(ch for ch in unicodedata.normalize("NFKD", name) if not unicodedata.combining(ch))
    return re.sub(r"[\s\-_.]+", "", plain.casefold())


@dataclass(frozen=True)
class PathRule:
    """How one shape of address holds an account: a pattern over ``/path?query`` and how to write the handle."""

    match: str
    writes: str = "{handle}"
    case_sensitive: bool = False

    @cached_property
    def pattern(self) -> re.Pattern[str]:
        return re.compile(self.match, re.IGNORECASE | re.DOTALL)

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> PathRule:
        return cls(
            str(data["match"]), str(data.get("as", "{handle}")), bool(data.get("case_sensitive", False))
        )

    def to_data(self) -> dict[str, Any]:
        found: dict[str, Any] = {"match": self.match}
        if self.writes != "{handle}":
            found["as"] = self.writes
        if self.case_sensitive:
            found["case_sensitive"] = True
        return found


@dataclass(frozen=True)
class Platform:
    """One platform: how its accounts are addressed, named and told apart, and what it can do."""

    code: str
    name: str
    aliases: tuple[str, ...] = ()
    kind: str = "social"
    hosts: tuple[str, ...] = ()
    paths: tuple[PathRule, ...] = ()
    any_host_paths: tuple[PathRule, ...] = ()
    handle: str = r"\S{1,200}"
    ids: str = ""
    ids_as: str = "{id}"
    ids_case_sensitive: bool = False
    ignore: str = ""
    default_suffix: str = ""
    canonical: str = ""
    canonical_prefixed: str = ""
    canonical_domain: str = ""
    canonical_only: str = ""
    reserved: tuple[str, ...] = ()
    case_sensitive: bool = False
    custom_domains: bool = False
    with_path: bool = False
    free_names: bool = False
    generic: bool = False
    mfa_capable: bool = False
    allows_comments: bool = False
    typical: bool = False
    retired: bool = False
    extra: Mapping[str, Any] = field(default_factory=dict, compare=False)

    @cached_property
    def handle_pattern(self) -> re.Pattern[str]:
        return re.compile(self.handle)

    @cached_property
    def id_pattern(self) -> re.Pattern[str] | None:
        return re.compile(self.ids) if self.ids else None

    @cached_property
    def reserved_names(self) -> frozenset[str]:
        return frozenset(name.casefold() for name in self.reserved)

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> Platform:
        """Build a platform from a dictionary as it stands in the YAML; unknown keys are kept in ``extra``.

        :raises ValueError: a pattern is no regular expression, or code or name is missing.
        """
        known = {one.name: one for one in fields(cls)}
        values: dict[str, Any] = {}
        extra: dict[str, Any] = {}
        for key, value in data.items():
            if key in ("paths", "any_host_paths"):
                values[key] = tuple(PathRule.from_data(rule) for rule in value)
            elif key in ("aliases", "hosts", "reserved"):
                values[key] = tuple(str(item) for item in value)
            elif key in known and key != "extra":
                values[key] = value
            else:
                extra[key] = value
        if not values.get("code") or not values.get("name"):
            raise ValueError("a platform needs a code and a name")
        platform = cls(**values, extra=extra)
        try:
            _ = platform.handle_pattern, platform.id_pattern, re.compile(platform.canonical_only)
            for rule in platform.paths + platform.any_host_paths:
                _ = rule.pattern
        except re.error as error:
            raise ValueError(f"platform {platform.code}: {error}") from error
        return platform

    def to_data(self) -> dict[str, Any]:
        """Write the dictionary ``from_data`` reads, without what is at its default."""
        found: dict[str, Any] = {}
        for one in fields(self):
            value = getattr(self, one.name)
            if one.name == "extra" or (value == one.default and one.name not in ("code", "name")):
                continue
            if one.name in ("paths", "any_host_paths"):
                found[one.name] = [rule.to_data() for rule in value]
            else:
                found[one.name] = list(value) if isinstance(value, tuple) else value
        return {**found, **self.extra}


class Catalogue:
    """All platforms, found by code, by name or by host."""

    def __init__(self, platforms: Iterable[Platform]) -> None:
        self.platforms: tuple[Platform, ...] = tuple(platforms)
        self.by_code: dict[str, Platform] = {platform.code: platform for platform in self.platforms}
        self._by_name: dict[str, Platform] = {}
        self._hosts: dict[str, Platform] = {}
        self._suffixes: dict[str, tuple[Platform, bool]] = {}
        for platform in self.platforms:
            for name in (platform.code, platform.name, *platform.aliases):
                self._by_name.setdefault(name_key(name), platform)
            for host in platform.hosts:
                host = host.casefold()
                if host.startswith("*."):
                    self._suffixes.setdefault(host[1:], (platform, False))
                elif host.startswith("{handle}."):
                    self._suffixes.setdefault(host[len("{handle}") :], (platform, True))
                else:
                    self._hosts.setdefault(host, platform)
        self.any_host = tuple(platform for platform in self.platforms if platform.any_host_paths)
        #: Answers already given; the caller may clear it, nobody needs to.
        self.memory: dict[Any, Any] = {}
        self._near: dict[str, tuple[str, ...]] = {}

    def __iter__(self) -> Iterator[Platform]:
        return iter(self.platforms)

    def __len__(self) -> int:
        return len(self.platforms)

    def named(self, name: str) -> Platform | None:
        """Find a platform by its code, its name or one of its aliases."""
        return self._by_name.get(name_key(name))

    def near(self, name: str, limit: int = 3) -> tuple[str, ...]:
        """Names of platforms that are written almost like this one, the likeliest first: ``Instagramm`` → ``Instagram``."""
        asked = name_key(name)[:80]
        if asked not in self._near:
            # A file of a million wrong names is not compared a million times.
            if len(self._near) >= _NAMES_COMPARED:
                return ()
            close = get_close_matches(asked, self._by_name, n=3 * limit, cutoff=0.7)
            self._near[asked] = tuple(dict.fromkeys(self._by_name[key].name for key in close))[:limit]
        return self._near[asked]

    def at_host(self, host: str) -> tuple[Platform, str] | None:
        """Find whose host this is; the second value is the handle where the subdomain is one, else the empty text."""
        host = host.casefold().rstrip(".")
        bare = host
        while True:
            if platform := self._hosts.get(bare):
                return platform, ""
            prefix = next((one for one in _PREFIXES if bare.startswith(one) and bare.count(".") > 1), None)
            if prefix is None:
                break
            bare = bare[len(prefix) :]
        parts = bare.split(".")
        for start in range(1, len(parts)):
            suffix = "." + ".".join(parts[start:])
            if suffix in self._suffixes:
                platform, is_handle = self._suffixes[suffix]
                name = ".".join(parts[:start])
                if is_handle and ("." in name or name in platform.reserved_names):
                    return None
                return platform, name if is_handle else ""
        return None


@lru_cache(maxsize=1)
def default_catalogue() -> Catalogue:
    """The catalogue as it ships, read once."""
    text = (Path(__file__).parent / "platforms.yaml").read_text(encoding="utf-8")
    return Catalogue(Platform.from_data(entry) for entry in yaml.safe_load(text)["platforms"])
