"""Which cohorts may be told without telling of any one line in them.

Two published cohorts can be compared, so publishing is a decision about all of them together. Every line has a signature: the
published cohorts it is in. Lines of one signature are an *atom*, and whatever comparing cohorts can single out is a union of atoms.
So if every atom is large and led by nobody, every cohort, every difference of two and every remainder is as well.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Set
from enum import StrEnum

# Five lines besides the reader's own, which the reader knows.
FEWEST_LINES = 6


class Silence(StrEnum):
    """Why a cohort is not told."""

    FEW = "few"
    DOMINATED = "dominated"
    NEIGHBOUR = "neighbour"
    CHANGED = "changed"


def _silence(lines: Set[int], weights: Mapping[int, int], fewest: int) -> Silence | None:
    if len(lines) < fewest:
        return Silence.FEW
    held = [weights.get(line, 0) for line in lines]
    return Silence.DOMINATED if 2 * max(held) > sum(held) else None


def atoms_of(cohorts: Iterable[Set[int]]) -> list[frozenset[int]]:
    """Lines that lie in exactly the same cohorts, together; lines in none are left out."""
    signatures: dict[int, list[int]] = defaultdict(list)
    for place, lines in enumerate(cohorts):
        for line in lines:
            signatures[line].append(place)
    atoms: dict[tuple[int, ...], set[int]] = defaultdict(set)
    for line, signature in signatures.items():
        atoms[tuple(signature)].add(line)
    return [frozenset(atom) for atom in atoms.values()]


def silences(
    cohorts: Mapping[str, Set[int]], weights: Mapping[int, int], *, fewest: int = FEWEST_LINES
) -> dict[str, Silence | None]:
    """For each cohort why it must not be told, or None where it may be.

    A cohort is told when it has at least `fewest` lines, none of which holds more than half of its weight (without any weight,
    lines count alike), and when the same is true of whatever it leaves over beside the cohorts before it: the order decides.
    """
    told: list[Set[int]] = []
    found: dict[str, Silence | None] = {}
    for name, lines in cohorts.items():
        why = _silence(lines, weights, fewest)
        if why is None and any(_silence(atom, weights, fewest) for atom in atoms_of([*told, lines])):
            why = Silence.NEIGHBOUR
        if why is None:
            told.append(lines)
        found[name] = why
    return found
