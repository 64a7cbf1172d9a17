"""Where mappings come from: shipped by name, a file, YAML text, stored data, or the columns of a file themselves."""

from __future__ import annotations

import re
from collections.abc import Mapping as MappingABC, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

import jsonschema
import yaml

from coe.intake.errors import IntakeError, short
from coe.intake.kinds import fields_of, guess_mapping
from coe.intake.mapped import Applied, Mapping, Record, Rejected, Skip
from coe.intake.mapping_schema import MAPPING_SCHEMA

__all__ = [
    "Applied",
    "Mapping",
    "Record",
    "Rejected",
    "Skip",
    "identity_mapping",
    "load_mapping",
    "shipped_mappings",
]

SHIPPED = Path(__file__).resolve().parent.parent / "mappings"
_LONGEST = 200_000


@lru_cache(maxsize=1)
def _validator() -> Any:
    return jsonschema.Draft202012Validator(MAPPING_SCHEMA)


def _checked(data: Any, name: str) -> Mapping:
    """Check a mapping against its schema and against the fields of its kind, and compile it once so that nothing fails later."""
    errors = sorted(_validator().iter_errors(data), key=lambda error: list(map(str, error.absolute_path)))
    if errors:
        where = ".".join(map(str, errors[0].absolute_path)) or "the top"
        raise IntakeError("mapping_broken", where=short(where), reason=short(errors[0].message, 200))
    kind = data["kind"]
    definitions = fields_of(kind)
    known = set(definitions)
    for part in data.get("records", ()):
        known |= set(fields_of(part["kind"])) if "kind" in part else set()
        for wanted in part.get("fields", {}):
            if wanted not in fields_of(part.get("kind", kind)):
                raise IntakeError(
                    "mapping_broken", where=short(f"records.{wanted}"), reason=f"{kind} have no such field"
                )
    for wanted in data["fields"]:
        if wanted not in known:
            raise IntakeError(
                "mapping_broken", where=short(f"fields.{wanted}"), reason=f"{kind} have no such field"
            )
    return Mapping(data, kind, data.get("name") or name).compiled()


def load_mapping(source: str | Path | MappingABC[str, Any]) -> Mapping:
    """Load a mapping: the name of a shipped one, a ``Path``, YAML text, or data that was stored with a batch.

    A text is never taken for a path: what a stranger types must not open files, nor show their content in an error.

    :raises IntakeError: ``mapping_unknown`` or ``mapping_broken`` with the place of the first mistake.
    """
    if isinstance(source, MappingABC):
        return _checked(dict(source), str(source.get("name", "")))
    text, name = str(source), ""
    if isinstance(source, Path):
        name = source.stem
        try:
            with source.open("rb") as stream:
                text = stream.read(4 * _LONGEST).decode("utf-8-sig")
        except (OSError, UnicodeDecodeError, ValueError):
            raise IntakeError(
                "mapping_unknown", name=short(source), names=", ".join(shipped_mappings())
            ) from None
    elif "\n" not in text and ":" not in text:
        if not re.fullmatch(r"[a-z][a-z0-9_]*", text) or not (SHIPPED / f"{text}.yaml").is_file():
            raise IntakeError("mapping_unknown", name=short(text), names=", ".join(shipped_mappings()))
        name = text
        text = (SHIPPED / f"{text}.yaml").read_text(encoding="utf-8")
    if len(text) > _LONGEST:
        raise IntakeError("mapping_broken", where="the top", reason="it is too long")
    if re.search(r"(?m)(?:^|[\s\[,:])[&*][A-Za-z_]\w*", text) and any(
        isinstance(event, yaml.AliasEvent) for event in _events(text)
    ):
        raise IntakeError("mapping_broken", where="the top", reason="anchors and aliases are not accepted")
    try:
        data = yaml.safe_load(text)
    except (yaml.YAMLError, ValueError, RecursionError, OverflowError) as error:
        raise IntakeError("mapping_broken", where="the top", reason=short(error, 200)) from None
    return _checked(data, name)


def _events(text: str) -> list[Any]:
    try:
        return list(yaml.parse(text, Loader=yaml.SafeLoader))
    except (yaml.YAMLError, ValueError):
        return []


def shipped_mappings(kind: str | None = None) -> tuple[str, ...]:
    """Names of the mappings that ship with the project, of one kind or of all."""
    names = sorted(path.stem for path in SHIPPED.glob("*.yaml"))
    return tuple(name for name in names if kind is None or load_mapping(name).kind == kind)


def identity_mapping(
    kind: str,
    columns: Sequence[str] | None = None,
    *,
    chosen: MappingABC[str, str] | None = None,
    **options: Any,
) -> Mapping:
    """The mapping for our own exports: columns named as fields (case, spaces and accents do not matter).

    ``chosen`` names the column of each field, as the wizard's form gives it. ``options`` are keys of a mapping file: ``numbers``,
    ``dates``, ``date_order``, ``create``, ``account_key``, ``default_line``, ``skip``.

    :raises IntakeError: ``columns_missing``: nothing in the file can be recognised.
    """
    definitions = fields_of(kind)
    if chosen is not None:
        fields: dict[str, str] = {name: column for name, column in chosen.items() if column}
    elif columns is None:
        fields = {name: name for name in definitions}
    else:
        fields = guess_mapping(columns, kind)
    missing = [one.name for one in definitions.values() if one.is_required and one.name not in fields]
    if missing:
        found = short(", ".join(columns or ()), 300)
        raise IntakeError("columns_missing", field=missing[0], column=missing[0], columns=found)
    return _checked({"kind": kind, "fields": fields, "numbers": "plain", **options}, "")
