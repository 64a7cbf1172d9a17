"""Measures two sides of a figure in one run: interleaved, warm-up dropped, medians with spread, equal rows or no figure.

A row of the bench is a module in `bench/rows` with a `ROW`; its `run` gets a `Bench` and returns results. Absolute times depend
on the machine and its other work; the ratio of two things done in turns on the same machine hardly does.
"""

import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from bench.world import World

WARM_UP = 1


class Unequal(AssertionError):
    """The two sides did not do the same; a ratio of different work says nothing."""


@dataclass(frozen=True)
class Goal:
    """What a ratio is held to: at most (slower than the floor by no more than) or at least (that share of the floor's speed)."""

    ratio: float
    at_least: bool = False

    def is_met(self, ratio: float) -> bool:
        """Whether a ratio reaches the goal."""
        return ratio >= self.ratio if self.at_least else ratio <= self.ratio

    def __str__(self) -> str:
        return f"{'≥' if self.at_least else '≤'} {self.ratio:g}"


@dataclass(frozen=True)
class Result:
    """One figure. Times in seconds; `low` and `high` are the smallest and the largest ratio of a round."""

    row: int
    what: str
    floor: str
    database: str
    goal: str
    is_met: bool
    ratio: float
    low: float
    high: float
    rounds: int
    calls: int
    seconds: float
    floor_seconds: float
    p95_over_p50: float | None = None
    queries: int | None = None
    notes: Sequence[str] = ()

    def to_json(self) -> dict[str, Any]:
        """The figure as plain values."""
        return asdict(self)


@dataclass(frozen=True)
class Row:
    """One row of the design's speed table. `databases` are those it is measured on."""

    number: int
    title: str
    run: Callable[["Bench"], list[Result]]
    databases: tuple[str, ...] = ("postgresql", "sqlite")


@dataclass
class Bench:
    """What a row needs: the world it measures in, the database's name, how many rounds, and a scratch folder."""

    world: World
    database: str
    rounds: int
    options: dict[str, Any] = field(default_factory=dict)

    def compare(
        self,
        row: int,
        what: str,
        floor: str,
        measure: Callable[[int], Any],
        against: Callable[[int], Any],
        *,
        goal: Goal,
        calls: int = 1,
        same: Callable[[Any, Any], None],
        before: Callable[[], None] = lambda: None,
        each: Callable[[], None] = lambda: None,
        rate: float = 0,
        queries: int | None = None,
        most_queries: int | None = None,
        notes: Sequence[str] = (),
    ) -> Result:
        """Call both sides in turns, `calls` times a round, and compare their medians round by round.

        Each side gets the number of the call and returns what it did; `same` raises `Unequal` when that differs, and is asked
        in every round. `before` runs untimed before each round, `each` before each call. With `rate` (units of work a call) the ratio
        is of speeds, ours over the floor's; otherwise of times. The side that begins changes from call to call.
        """
        ratios: list[float] = []
        ours: list[float] = []
        theirs: list[float] = []
        number = 0
        for turn in range(self.rounds + WARM_UP):
            before()
            mine: list[float] = []
            other: list[float] = []
            for call in range(calls):
                number += 1
                each()
                answers: dict[str, Any] = {}
                sides = [("measure", measure, mine), ("floor", against, other)]
                for name, side, times in sides if number % 2 else reversed(sides):
                    began = time.perf_counter()
                    answers[name] = side(number)
                    times.append(time.perf_counter() - began)
                if call == 0:
                    same(answers["measure"], answers["floor"])
            if turn < WARM_UP:
                continue
            ratios.append(statistics.median(mine) / statistics.median(other))
            ours += mine
            theirs += other
        if rate:
            ratios = [1 / ratio for ratio in ratios]
        ratio = statistics.median(ratios)
        few = most_queries is None or (queries is not None and queries <= most_queries)
        return Result(
            row=row,
            what=what,
            floor=floor,
            database=self.database,
            goal=str(goal) + (f", ≤ {most_queries} queries" if most_queries is not None else ""),
            is_met=goal.is_met(ratio) and few,
            ratio=ratio,
            low=min(ratios),
            high=max(ratios),
            rounds=len(ratios),
            calls=calls,
            seconds=statistics.median(ours),
            floor_seconds=statistics.median(theirs),
            p95_over_p50=_p95(ours) / statistics.median(ours) if len(ours) >= 100 else None,
            queries=queries,
            notes=(*notes, *((f"{rate / statistics.median(ours):,.0f} a second",) if rate else ())),
        )


def _p95(times: Sequence[float]) -> float:
    return statistics.quantiles(times, n=20)[18]


def equal(ours: Any, theirs: Any, what: str = "rows") -> None:
    """Refuse a figure whose sides differ.

    :raises Unequal: they do; the message shows the first difference.
    """
    if ours == theirs:
        return
    if isinstance(ours, list) and isinstance(theirs, list):
        for place, (a, b) in enumerate(zip(ours, theirs, strict=False)):
            if a != b:
                raise Unequal(f"{what} differ at {place}: {a!r} here, {b!r} in the floor")
        raise Unequal(f"{len(ours)} {what} here, {len(theirs)} in the floor")
    raise Unequal(f"{what} differ: {str(ours)[:300]!r} here, {str(theirs)[:300]!r} in the floor")
