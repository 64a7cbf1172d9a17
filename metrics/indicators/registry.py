"""All indicators by code. Adding one is a function, a line in its dimension's file, and a test."""

from collections import defaultdict
from collections.abc import Iterable

from metrics.indicators import (
    access,
    backups,
    content,
    courses,
    custody,
    governance,
    learning,
    measurement,
    people,
    policies,
    strategy,
    tools,
)
from metrics.indicators.base import Indicator, Lines, Moment, Reading
from metrics.scoring import Scope

REGISTRY: dict[str, Indicator] = {
    found.code: found
    for module in (
        strategy,
        governance,
        policies,
        custody,
        access,
        people,
        backups,
        learning,
        courses,
        tools,
        content,
        measurement,
    )
    for found in module.INDICATORS
}


def reading_facts(facts: Iterable[str]) -> frozenset[str]:
    """Codes of the indicators that read any of these facts. A change of a line itself ("line") touches them all."""
    wanted = set(facts)
    if "line" in wanted:
        return frozenset(REGISTRY)
    return frozenset(code for code, found in REGISTRY.items() if found.facts & wanted)


def collect(codes: Iterable[str], lines: Lines, moment: Moment) -> list[Reading]:
    """Measure the indicators asked for; those that share a collector are answered by one query.

    Programme indicators are measured whatever the lines, so ask for them once.
    """
    groups = defaultdict(set)
    for code in codes:
        groups[REGISTRY[code].collect].add(code)
    return [
        reading for measure, wanted in groups.items() for reading in measure(frozenset(wanted), lines, moment)
    ]


def codes_of(scope: Scope) -> frozenset[str]:
    """Codes of the indicators of one scope."""
    return frozenset(code for code, found in REGISTRY.items() if found.scope is scope)
