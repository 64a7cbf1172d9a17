"""What a rubric means, checked: every finding has an id, a severity, a place, and what to do.

An `error` forbids publishing; a `warning` wants a look; `info` only tells. The ids are stable, so a page
can word them in the reader's language with `params`.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import pairwise
from typing import Any

from metrics.scoring.compiled import OPERATORS
from metrics.scoring.model import Criterion, Exact, Kind, Rubric, Scope


class Severity(StrEnum):
    """How much a finding weighs."""

    ERROR = "error"
    WARNING = "warning"
    INFO = "info"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing the linter has to say, and where."""

    id: str
    severity: Severity
    where: str
    message: str
    hint: str
    params: Mapping[str, str] = field(default_factory=dict)


ERROR, WARNING, INFO = Severity.ERROR, Severity.WARNING, Severity.INFO
Findings = Iterator[Finding]
LIMITS: dict[str, tuple[int, int | None]] = {"%": (0, 100)}
CODE_FORM = re.compile(r"^(?P<dimension>.+)-(?P<letter>[A-Z]+|[0-9]+)(?P<number>\d*)$")


def _at(criterion: Criterion, part: str = "") -> str:
    return f"criteria[{criterion.code}]" + (f".{part}" if part else "")


def _codes(rubric: Rubric) -> Findings:
    for noun, singular, codes in (
        ("levels", "level", [x.code for x in rubric.levels]),
        ("dimensions", "dimension", [x.code for x in rubric.dimensions]),
        ("criteria", "criterion", [x.code for x in rubric.criteria]),
    ):
        for code, times in Counter(codes).items():
            if times > 1:
                yield Finding(
                    f"duplicate_{singular}", ERROR, f"{noun}[{code}]", f"The code {code} is used {times} times.",
                    "Give each its own code.", {"code": code, "times": str(times)},
                )  # fmt: skip
    letters = Counter(x.letter for x in rubric.levels)
    for letter, times in letters.items():
        if times > 1:
            yield Finding(
                "duplicate_letter", WARNING, "levels", f"{times} levels share the letter {letter}.",
                "Give each level its own letter.", {"letter": letter},
            )  # fmt: skip


def _references(rubric: Rubric) -> Findings:
    levels = {x.code: x for x in rubric.levels}
    dimensions = {x.code for x in rubric.dimensions}
    letters = {x.letter for x in rubric.levels}
    for c in rubric.criteria:
        if c.level not in levels:
            yield Finding(
                "unknown_level", ERROR, _at(c, "level"), f"There is no level “{c.level}”.",
                f"Use one of: {', '.join(levels)}.", {"level": c.level},
            )  # fmt: skip
        if c.dimension not in dimensions:
            yield Finding(
                "unknown_dimension", ERROR, _at(c, "dimension"), f"There is no dimension “{c.dimension}”.",
                f"Use one of: {', '.join(sorted(dimensions))}.", {"dimension": c.dimension},
            )  # fmt: skip
        form = CODE_FORM.match(c.code)
        if (
            form
            and c.level in levels
            and form["letter"] in letters
            and form["letter"] != levels[c.level].letter
        ):
            yield Finding(
                "code_level_mismatch", WARNING, _at(c), f"The code says {form['letter']}, the level is {c.level}.",
                "Rename the criterion or correct its level.", {"level": c.level, "letter": form["letter"]},
            )  # fmt: skip
    for code in rubric.rules.waiver_budget:
        if code not in levels:
            yield Finding(
                "unknown_budget_level", ERROR, f"rules.waiver_budget.{code}", f"There is no level “{code}”.",
                f"Use one of: {', '.join(levels)}, default.", {"level": code},
            )  # fmt: skip


def _weights(rubric: Rubric) -> Findings:
    weighed = [(f"dimensions[{d.code}].weight", d.weight) for d in rubric.dimensions]
    weighed += [(_at(c, "weight"), c.weight) for c in rubric.criteria]
    for where, weight in weighed:
        if weight <= 0:
            yield Finding(
                "weight_not_positive", ERROR, where, f"The weight is {weight}.", "Use 1 or more.",
                {"weight": str(weight)},
            )  # fmt: skip
    for name, share in (("min_share", rubric.rules.min_share), ("weight_share", rubric.rules.weight_share)):
        if not 0 < share <= 1:
            yield Finding(
                "share_out_of_range", ERROR, f"rules.{name}", f"{name} is {share}.",
                "Use a fraction above 0, at most 1.", {"share": str(share)},
            )  # fmt: skip


def _measures(rubric: Rubric) -> Findings:
    for c in rubric.criteria:
        if c.kind is Kind.MEASURED:
            if not c.indicator:
                yield Finding(
                    "measured_without_indicator", ERROR, _at(c, "indicator"), "It is measured, but by nothing.",
                    "Name the indicator, or make the criterion attested.",
                )  # fmt: skip
            if c.op not in OPERATORS or c.threshold is None:
                yield Finding(
                    "measured_without_threshold", ERROR, _at(c, "threshold"), "Nothing says when it is met.",
                    "Give op and threshold.",
                )  # fmt: skip
        elif c.indicator or c.threshold is not None or c.guards:
            yield Finding(
                "attested_with_measure", WARNING, _at(c), "An attested criterion ignores its measure.",
                "Remove indicator, threshold and guards, or make it measured.",
            )  # fmt: skip
        for name, days in (("window_days", c.window_days), ("max_age_days", c.max_age_days)):
            if days is not None and days <= 0:
                yield Finding(
                    "days_not_positive", ERROR, _at(c, name), f"{name} is {days}.", "Use 1 or more, or leave it out.",
                    {"days": str(days)},
                )  # fmt: skip
        for i, guard in enumerate(c.guards):
            if (guard.indicator, guard.op) in {(g.indicator, g.op) for g in c.guards[:i]}:
                yield Finding(
                    "duplicate_guard", WARNING, _at(c, f"guards[{i}]"), f"{guard.indicator} guards it twice.",
                    "Keep the stricter one.", {"indicator": guard.indicator},
                )  # fmt: skip


def _out_of_range(op: str, threshold: Exact, unit: str) -> bool:
    low, high = LIMITS.get(unit, (0, None))
    if threshold < low or (high is not None and threshold > high):
        return True
    # Bounds that no value can miss, or none can meet, decide nothing.
    return (
        (op == ">=" and threshold == low)
        or (op == "<" and threshold == low)
        or (high is not None and ((op == ">" and threshold == high) or (op == "<=" and threshold == high)))
    )


def _thresholds(rubric: Rubric) -> Findings:
    for c in rubric.criteria:
        bounds = [("threshold", c.op, c.threshold, c.unit)]
        bounds += [(f"guards[{i}].threshold", g.op, g.threshold, g.unit) for i, g in enumerate(c.guards)]
        for name, op, threshold, unit in bounds:
            if op and threshold is not None and _out_of_range(op, threshold, unit):
                yield Finding(
                    "threshold_out_of_range", ERROR, _at(c, name), f"{op} {threshold} {unit} decides nothing.",
                    "Use a bound that some values meet and others miss (0 to 100 for %).",
                    {"threshold": str(threshold), "unit": unit},
                )  # fmt: skip
        if c.warn is not None and c.threshold is not None and c.op:
            stricter = c.warn > c.threshold if c.op in (">=", ">") else c.warn < c.threshold
            if c.op == "==" or not stricter:
                yield Finding(
                    "warn_not_stricter", ERROR, _at(c, "warn"), f"{c.warn} is not stricter than {c.threshold}.",
                    "Amber lies between threshold and warn: give the stricter bound.",
                    {"warn": str(c.warn), "threshold": str(c.threshold)},
                )  # fmt: skip


def _monotony(rubric: Rubric) -> Findings:
    """The same measure must not ask less of a higher level than of a lower one."""
    order = {x.code: x.index for x in rubric.levels}
    by_measure: dict[tuple[Any, ...], list[tuple[int, Exact, Criterion]]] = defaultdict(list)
    for c in rubric.criteria:
        if c.indicator and c.op and c.threshold is not None and c.level in order:
            by_measure[c.indicator, c.op, c.unit, c.scope].append((order[c.level], c.threshold, c))
    for (indicator, op, *_), bounds in by_measure.items():
        ranked = sorted(bounds, key=lambda b: b[0])
        for (low, before, first), (high, after, c) in pairwise(ranked):
            looser = after < before if op in (">=", ">") else after > before if op in ("<=", "<") else False
            if high > low and looser:
                yield Finding(
                    "threshold_not_monotonic", ERROR, _at(c, "threshold"),
                    f"{indicator} {op} {after} is looser than {before} of {first.code}, a level below.",
                    "Ask at least as much of the higher level.",
                    {"indicator": indicator, "other": first.code},
                )  # fmt: skip


def _stages(rubric: Rubric) -> Findings:
    ladder = [x for x in rubric.levels if not x.baseline]
    for d in rubric.dimensions:
        own = [c for c in rubric.criteria if c.dimension == d.code]
        if not own:
            yield Finding(
                "empty_dimension", ERROR, f"dimensions[{d.code}]", "No criterion belongs to it.",
                "Add criteria or remove the dimension.", {"dimension": d.code},
            )  # fmt: skip
            continue
        for_lines = [c for c in own if c.scope is Scope.LINE]
        if not for_lines:
            yield Finding(
                "no_line_criteria", INFO, f"dimensions[{d.code}]", "It is measured for the programme only.",
                "It leaves its weight in a line's stage.", {"dimension": d.code},
            )  # fmt: skip
        for scope, counted in ((Scope.LINE, for_lines), (Scope.PROGRAMME, own)):
            if not counted or (scope is Scope.PROGRAMME and counted == for_lines):
                continue
            held = [any(c.level == x.code for c in counted) for x in ladder]
            musts = [any(c.level == x.code and c.must for c in counted) for x in ladder]
            for i, level in enumerate(ladder):
                if musts[i]:
                    continue
                if any(held[i:]):
                    yield Finding(
                        "unreachable_stage", ERROR, f"dimensions[{d.code}].{level.code}",
                        f"No must of {level.code} at scope {scope.value}: neither it nor a level above is reached.",
                        "Make one of its criteria a must, or add one.",
                        {"dimension": d.code, "level": level.code, "scope": scope.value},
                    )  # fmt: skip
                else:
                    yield Finding(
                        "stage_not_assessed", INFO, f"dimensions[{d.code}].{level.code}",
                        f"No criterion of {level.code} at scope {scope.value}: it stays not assessed.",
                        "Add criteria when their records exist.",
                        {"dimension": d.code, "level": level.code, "scope": scope.value},
                    )  # fmt: skip


def _texts(rubric: Rubric) -> Findings:
    texts: list[tuple[str, Mapping[str, str]]] = [("title", rubric.title)]
    texts += [(f"levels[{x.code}].name", x.name) for x in rubric.levels]
    texts += [(f"dimensions[{x.code}].name", x.name) for x in rubric.dimensions]
    for c in rubric.criteria:
        texts.append((_at(c, "statement"), c.statement))
        if not c.remedy:
            yield Finding(
                "missing_remedy", WARNING, _at(c, "remedy"), "It does not say what to do.",
                "Write what a line does to meet it.",
            )  # fmt: skip
        else:
            texts.append((_at(c, "remedy"), c.remedy))
        texts += [(_at(c, f"guards[{i}].label"), g.label) for i, g in enumerate(c.guards)]
        if c.basis in "SA" and not c.sources:
            yield Finding(
                "missing_sources", WARNING, _at(c, "sources"), f"Basis {c.basis}, but no source is named.",
                "Name the source, or call the criterion reasoned (R).", {"basis": c.basis},
            )  # fmt: skip
    for where, text in texts:
        if not text.get("fr", "").strip():
            yield Finding(
                "missing_french", WARNING, where, "The French text is missing.", "Translate it.",
                {"language": "fr"},
            )  # fmt: skip


CHECKS: tuple[Callable[[Rubric], Findings], ...] = (
    _codes, _references, _weights, _measures, _thresholds, _monotony, _stages, _texts,
)  # fmt: skip


def _indicators(rubric: Rubric, known: Mapping[str, Any]) -> Findings:
    for c in rubric.criteria:
        named = [("unknown_indicator", "indicator", c.indicator)] if c.indicator else []
        named += [
            ("unknown_guard_indicator", f"guards[{i}].indicator", g.indicator) for i, g in enumerate(c.guards)
        ]
        for finding, part, indicator in named:
            if indicator not in known:
                yield Finding(
                    finding, ERROR, _at(c, part), f"No collector measures {indicator}.",
                    "Correct the name, or leave the criterion out until its records exist.",
                    {"indicator": str(indicator)},
                )  # fmt: skip


def lint(rubric: Rubric, known_indicators: Mapping[str, Any] | None = None) -> list[Finding]:
    """Check what a rubric means; the worst findings come first, then in the order of the document.

    Without `known_indicators` the names of indicators are not checked.
    """
    found = [finding for check in CHECKS for finding in check(rubric)]
    if known_indicators is not None:
        found += _indicators(rubric, known_indicators)
    rank = list(Severity)
    return sorted(found, key=lambda finding: rank.index(finding.severity))
