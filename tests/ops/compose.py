"""Reads docker-compose.yml as `docker compose` would, and starts its services as plain processes."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parents[2]
_VARIABLE = re.compile(r"\$\{(?P<name>[A-Z_]+)(?:(?P<kind>:[-?])(?P<word>[^}]*))?\}")


class MissingVariable(Exception):
    """A `${NAME:?message}` without a value; the message is the file's own."""


def interpolate(text: str, environment: Mapping[str, str]) -> str:
    """`${NAME}`, `${NAME:-default}` and `${NAME:?message}`.

    :raises MissingVariable: for a required name that is empty or missing.
    """

    def value(match: re.Match[str]) -> str:
        found = environment.get(match["name"], "")
        if found:
            return found
        if match["kind"] == ":?":
            raise MissingVariable(f"{match['name']}: {match['word']}")
        return match["word"] or ""

    return _VARIABLE.sub(value, text)


def load() -> dict[str, Any]:
    """The file as it stands, anchors and merges resolved, variables not."""
    return dict(yaml.safe_load((ROOT / "docker-compose.yml").read_text(encoding="utf-8")))


def service_environment(service: Mapping[str, Any], environment: Mapping[str, str]) -> dict[str, str]:
    """What the service's process sees of the `environment` block."""
    return {
        name: interpolate(str(value), environment) for name, value in service.get("environment", {}).items()
    }
