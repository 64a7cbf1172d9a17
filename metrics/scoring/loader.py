"""From a YAML text or a mapping to a `Rubric`, or to a list of everything that is wrong with it.

The loader checks *shape* against the published schema; meaning (unknown indicators, unreachable stages)
is the linter's, so that a half-finished draft can be loaded and shown with its findings.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Iterable, Mapping
from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import Any, cast

from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError

from metrics.scoring.errors import Problem, RubricInvalid
from metrics.scoring.model import (
    Criterion,
    Dimension,
    Effort,
    Exact,
    Fix,
    Guard,
    Kind,
    Level,
    Rubric,
    Rules,
    Scope,
)
from metrics.scoring.yamlsafe import read_yaml

RUBRICS = Path(__file__).resolve().parent.parent / "rubrics"
MAX_PROBLEMS = 50
# Documents this process has found valid: the schema takes half a second over a hundred criteria, and a document
# that has not changed a letter is asked for at every load, publication and start of a worker.
_FOUND_VALID: set[bytes] = set()
_MOST_REMEMBERED = 256


@cache
def _validator() -> Draft202012Validator:
    return Draft202012Validator(json.loads((RUBRICS / "schema.json").read_text(encoding="utf-8")))


def shipped_rubrics() -> dict[str, Path]:
    """The rubrics that come with the product: name to file."""
    return {path.stem: path for path in sorted(RUBRICS.glob("*.yaml"))}


def _path(parts: Iterable[Any], document: Any) -> str:
    """A readable address: `criteria[GOV-C1].threshold` rather than `criteria.12.threshold`."""
    address, here = "", document
    for part in parts:
        try:
            here = here[part]
        except (KeyError, IndexError, TypeError):
            here = None
        if isinstance(part, int):
            label = here.get("code", part) if isinstance(here, Mapping) else part
            address += f"[{label}]"
        else:
            address += f".{part}" if address else str(part)
    return address or "document"


def _problem(error: ValidationError, document: Any) -> Problem:
    where = _path(error.absolute_path, document)
    shown = repr(error.instance)
    shown = shown if len(shown) <= 60 else f"{shown[:57]}…"
    rule, expected = error.validator, cast(Any, error.validator_value)
    schema = cast(Mapping[str, Any], error.schema)
    if rule == "required":
        missing = [key for key in expected if key not in cast(Mapping[str, Any], error.instance)]
        keys = ", ".join(missing)
        return Problem(where, f"Missing: {keys}.", f"Add {keys}.")
    if rule == "additionalProperties" and isinstance(error.instance, Mapping) and expected is False:
        allowed = sorted(schema.get("properties", {}))
        extra = ", ".join(sorted(str(key) for key in error.instance if key not in allowed))
        return Problem(where, f"Not known here: {extra}.", f"Remove it, or use one of: {', '.join(allowed)}.")
    if rule == "enum":
        return Problem(where, f"{shown} is not allowed.", f"Use one of: {', '.join(map(str, expected))}.")
    if rule == "type":
        kinds = expected if isinstance(expected, str) else " or ".join(expected)
        return Problem(where, f"{shown} has the wrong type.", f"Give a value of type {kinds}.")
    if rule == "pattern":
        return Problem(where, f"{shown} has the wrong form.", f"It must match {expected}.")
    if rule == "anyOf":
        hint = schema.get("description", "See the schema.")
        return Problem(where, f"{shown} does not fit.", f"Expected: {hint}")
    return Problem(where, f"{shown} breaks the rule {rule} = {expected}.", "See metrics/rubrics/schema.json.")


def _plain(value: Any, path: str, problems: list[Problem]) -> Any:
    """Refuse what JSON cannot say (infinities, dates, keys that are not text) before the schema sees it."""
    if isinstance(value, Mapping):
        odd = [key for key in value if not isinstance(key, str)]
        problems.extend(Problem(path, f"The key {key!r} is not text.", "Put it in quotes.") for key in odd)
        return {str(k): _plain(v, f"{path}.{k}" if path else str(k), problems) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item, f"{path}[{i}]", problems) for i, item in enumerate(value)]
    if isinstance(value, float) and not math.isfinite(value):
        problems.append(Problem(path, f"{value} is not a number to compare with.", "Give a finite number."))
        return 0
    if value is None or isinstance(value, str | int | float):
        return value
    problems.append(Problem(path, f"A {type(value).__name__} cannot stand here.", "Write it as text."))
    return ""


def exact(value: int | float | str | Fraction) -> Exact:
    """The exact number an author wrote: 0.1 is one tenth, "1/3" a third, 80.0 the integer 80."""
    number = Fraction(value) if isinstance(value, int | Fraction) else Fraction(str(value))
    return int(number) if number.denominator == 1 else number


def _canonical(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(key): _canonical(item) for key, item in value.items() if item is not None}
    if isinstance(value, list | tuple):
        return [_canonical(item) for item in value]
    if isinstance(value, float | Fraction):
        number = exact(value)
        return number if isinstance(number, int) else str(number)
    return value


def rubric_digest(mapping: Mapping[str, Any]) -> str:
    """The sha256 of a rubric's canonical form: key order, layout and comments do not matter, content does."""
    text = json.dumps(_canonical(mapping), sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def read_rubric(text_or_mapping: str | bytes | Mapping[str, Any]) -> dict[str, Any]:
    """Read and validate a rubric document, without building the rubric.

    :raises RubricInvalid: with every place where it breaks the schema.
    """
    document = text_or_mapping if isinstance(text_or_mapping, Mapping) else read_yaml(text_or_mapping)
    if not isinstance(document, Mapping):
        raise RubricInvalid(
            [Problem("document", "A rubric is a mapping.", "Start with code, version and title.")]
        )
    problems: list[Problem] = []
    plain: dict[str, Any] = _plain(document, "", problems)
    # Not `rubric_digest`: that one forgets what the schema refuses, such as a key whose value is null.
    content = hashlib.sha256(json.dumps(plain, sort_keys=True).encode()).digest()
    if not problems and content not in _FOUND_VALID:
        errors = sorted(
            _validator().iter_errors(plain), key=lambda e: [str(part) for part in e.absolute_path]
        )
        problems = [_problem(error, plain) for error in errors[:MAX_PROBLEMS]]
    if problems:
        raise RubricInvalid(problems)
    if len(_FOUND_VALID) >= _MOST_REMEMBERED:
        _FOUND_VALID.clear()
    _FOUND_VALID.add(content)
    return plain


def _days(raw: Mapping[str, Any], key: str) -> int | None:
    days = raw.get(key)
    return None if days is None else int(days)


def _criterion(raw: Mapping[str, Any]) -> Criterion:
    number = {key: exact(raw[key]) for key in ("threshold", "warn") if key in raw}
    guards = tuple(
        Guard(g["indicator"], g["op"], exact(g["threshold"]), g["label"], g.get("unit", "count"))
        for g in raw.get("guards", ())
    )
    fix = raw.get("fix")
    return Criterion(
        code=raw["code"],
        dimension=raw["dimension"],
        level=raw["level"],
        must=raw["must"],
        statement=raw["statement"],
        kind=Kind(raw.get("kind", "measured")),
        scope=Scope(raw.get("scope", "line")),
        weight=int(raw.get("weight", 1)),
        indicator=raw.get("indicator"),
        op=raw.get("op"),
        threshold=number.get("threshold"),
        warn=number.get("warn"),
        unit=raw.get("unit", "count"),
        window_days=_days(raw, "window_days"),
        max_age_days=_days(raw, "max_age_days"),
        guards=guards,
        effort=Effort(raw.get("effort", "M")),
        remedy=raw.get("remedy", {}),
        fix=Fix(fix["route"], fix.get("hint", "")) if fix else None,
        basis=raw.get("basis", "R"),
        sources=tuple(raw.get("sources", ())),
        practices=tuple(raw.get("practices", ())),
    )


def _rules(raw: Mapping[str, Any]) -> Rules:
    budget = {level: int(bears) for level, bears in raw.get("waiver_budget", {}).items()}
    usual = Rules()
    return Rules(
        min_share=Fraction(exact(raw.get("min_share", usual.min_share))),
        default_waiver_budget=budget.pop("default", usual.default_waiver_budget),
        waiver_budget=budget,
        weight_share=Fraction(exact(raw.get("weight_share", usual.weight_share))),
        max_gap=int(raw.get("max_gap", usual.max_gap)),
    )


def load_rubric(text_or_mapping: str | bytes | Mapping[str, Any]) -> Rubric:
    """Load a rubric from YAML or JSON text, or from a mapping.

    :raises RubricInvalid: the text is unsafe or no YAML, or breaks the schema; it lists path and remedy
        of everything found.
    """
    raw = read_rubric(text_or_mapping)
    return Rubric(
        code=raw["code"],
        version=raw["version"],
        title=raw["title"],
        summary=raw.get("summary", {}),
        licence=raw.get("licence", ""),
        sources=tuple(raw.get("sources", ())),
        references=raw.get("references", {}),
        levels=tuple(
            Level(x["code"], x["letter"], x["name"], index, x.get("baseline", False))
            for index, x in enumerate(raw["levels"])
        ),
        dimensions=tuple(
            Dimension(x["code"], x["name"], int(x.get("weight", 1)), x.get("summary", {}))
            for x in raw["dimensions"]
        ),
        criteria=tuple(_criterion(x) for x in raw["criteria"]),
        rules=_rules(raw.get("rules", {})),
        digest=rubric_digest(raw),
    )
