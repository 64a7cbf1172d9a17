"""Invented figures that behave: followers that grow, a week's posts with a season and campaigns, and days that are missing."""

import math
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property

from coe.demo.plan import Plan
from coe.demo.world import STEPS, World

# Followers of a middling brand on each network, and the share of them that sees a post.
SIZES = {
    "x": (9_000, 0.05), "facebook": (24_000, 0.04), "instagram": (18_000, 0.12), "linkedin": (11_000, 0.09), "youtube": (6_000, 0.2),
    "tiktok": (15_000, 0.35), "threads": (4_000, 0.08), "bluesky": (1_500, 0.1), "pinterest": (7_000, 0.15), "reddit": (2_500, 0.2),
    "vimeo": (900, 0.15), "telegram": (3_000, 0.4),
}  # fmt: skip
# Figures of lines that type them are the share of these that is worth their time.
TYPES_BELOW = 0.4
REPORTS_SLOWLY_BELOW = 0.3
SILENT_LINE, SILENT_DAYS = "FDP", 70


@dataclass(frozen=True)
class Campaign:
    """A push that a whole line makes: more is seen, and some people stay."""

    start: date
    days: int
    lift: float

    def strength(self, on: date) -> float:
        """0 outside, up to `lift` in the middle, as a bell."""
        gone = (on - self.start).days
        return self.lift * math.sin(math.pi * gone / self.days) if 0 <= gone < self.days else 0.0


def campaigns(world: World, code: str) -> tuple[Campaign, ...]:
    """Three campaigns a line in eighteen months; one per half year."""
    chance = world.random("campaigns", code)
    first = world.day_of(0)
    return tuple(
        Campaign(first + timedelta(days=half * 180 + chance.randrange(10, 120)), chance.randrange(18, 45), chance.uniform(0.8, 2.4))
        for half in range(3)
    )  # fmt: skip


def season(trade: str, on: date) -> float:
    """How busy a day's season is: shops before Christmas, food in summer and December, careers in spring and autumn."""
    year = 2 * math.pi * (on.timetuple().tm_yday - 1) / 365
    if trade == "RT":
        return (
            1
            + 0.45 * max(0.0, math.cos(year + 0.6))
            + (0.5 if (on.month, on.day // 8) in {(11, 2), (11, 3), (12, 0), (12, 1)} else 0)
        )
    if trade == "FD":
        return 1 + 0.2 * math.cos(2 * year)
    if trade == "TA":
        return 1 + 0.35 * math.cos(2 * year - 2.2)
    return 1 + 0.06 * math.cos(year)


@dataclass(frozen=True)
class Series:
    """All figures of one account, a pure function of the seed."""

    world: World
    plan: Plan

    @cached_property
    def pushes(self) -> tuple[Campaign, ...]:
        """The campaigns of its line."""
        return campaigns(self.world, self.plan.line.code)

    @cached_property
    def traits(self) -> tuple[float, float, float, float]:
        """(followers at the start, growth a day, posts a week, share of viewers who act)."""
        chance = self.world.random("traits", self.plan.key)
        size = (
            SIZES[self.plan.platform][0]
            * {1: 6.0, 2: 1.4, 3: 0.5}[self.plan.tier]
            * chance.lognormvariate(0, 0.35)
        )
        growth = chance.uniform(-0.00005, 0.0011) * (0.5 + self.plan.line.maturity)
        return size, growth, chance.uniform(2, 11), chance.uniform(0.012, 0.06)

    @cached_property
    def gaps(self) -> tuple[tuple[date, date], ...]:
        """Spans in which nobody collected anything."""
        chance = self.world.random("gaps", self.plan.key)
        first = self.world.day_of(0)
        spans = []
        for _each in range(chance.choice((0, 0, 1, 1, 2))):
            start = first + timedelta(days=chance.randrange(20, 440))
            spans.append((start, start + timedelta(days=chance.randrange(3, 17))))
        return tuple(spans)

    def is_reported(self, on: date) -> bool:
        """Whether there is any figure of this day."""
        line = self.plan.line
        if line.code == SILENT_LINE and on > self.world.now.date() - timedelta(days=SILENT_DAYS):
            return False
        if line.maturity < REPORTS_SLOWLY_BELOW and self.plan.place % 3:
            return False
        if line.maturity < 0.5 and on < self.world.day_of(2) and self.plan.place % 4 == 3:
            return False
        return not any(start <= on < end for start, end in self.gaps)

    def followers(self, on: date) -> int:
        """Followers on a day."""
        size, growth, _posts, _share = self.traits
        days = (on - self.world.day_of(0)).days
        stayed = sum(
            0.02 * push.lift * min(1.0, max(0, (on - push.start).days) / push.days) for push in self.pushes
        )
        ripple = 0.0015 * math.sin(days / 3 + size)
        return max(1, round(size * (1 + growth) ** days * (1 + stayed + ripple)))

    def week(self, sunday: date) -> tuple[int, int, int]:
        """(posts, impressions, engagements) of the week that ends on a Sunday."""
        _size, _growth, often, share = self.traits
        chance = self.world.random("week", self.plan.key, sunday)
        busy = season(self.plan.line.code[:2], sunday)
        push = 1 + sum(campaign.strength(sunday) for campaign in self.pushes)
        posts = round(often * busy * (0.7 + 0.3 * push) * chance.uniform(0.7, 1.3))
        seen = round(
            posts * self.followers(sunday) * SIZES[self.plan.platform][1] * push * chance.uniform(0.75, 1.25)
        )
        return posts, seen, round(seen * share * chance.uniform(0.8, 1.2))

    def service(self, sunday: date) -> tuple[int, int, int]:
        """(messages answered, messages received, median first response in tenths of a minute) in a week."""
        chance = self.world.random("service", self.plan.key, sunday)
        received = chance.randrange(40, 140)
        grown = (sunday - self.world.day_of(0)).days / STEPS[0]
        reach = {"CSV": 0.88, "RTA": 0.62}.get(self.plan.line.code, 0.8)
        answered = round(received * min(0.99, reach * (0.8 + 0.2 * grown) * chance.uniform(0.97, 1.03)))
        return answered, received, round(10 * (95 - 50 * grown) * chance.uniform(0.7, 1.5))


def source_of(plan: Plan) -> str:
    """How the figures of a line arrive."""
    if plan.line.maturity < TYPES_BELOW:
        return "typed"
    return "api" if plan.line.maturity > 0.6 else "import"
