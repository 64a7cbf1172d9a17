"""What the lines aim at: a number for each KPI and quarter, and a stage for each dimension, which is not "run" everywhere."""

from datetime import date, timedelta

from coe.demo.company import LINES, DemoLine
from coe.demo.plan import PLANS
from coe.demo.world import World
from metrics.demo.figures import Series
from metrics.models import RubricVersion
from metrics.services.rubrics import ready_rubric
from metrics.services.target_stages import set_target_stage
from metrics.services.targets import set_target

KPIS = ("followers", "posts", "impressions", "engagements")
DIMENSIONS = ("STR", "GOV", "PEO", "TLS", "CON", "MEA")
AIMS_FROM = 0.6


def quarter(on: date) -> tuple[date, date]:
    """The first and the last day of the quarter of a day."""
    first = date(on.year, (on.month - 1) // 3 * 3 + 1, 1)
    after = date(first.year + first.month // 10, (first.month + 2) % 12 + 1, 1)
    return first, after - timedelta(days=1)


def aim(world: World) -> None:
    """Set the targets of the quarter a step falls in, and once the stages."""
    rubric = ready_rubric(by=world.by, at=world.at)
    for line in LINES:
        # The line that struggles has not got round to it; the middling ones aim at followers only.
        if line.maturity >= AIMS_FROM:
            _numbers(world, line, KPIS)
        elif line.maturity > 0.3:
            _numbers(world, line, KPIS[:1])
        if world.step == 1:
            _stages(world, line, rubric)


def _numbers(world: World, line: DemoLine, codes: tuple[str, ...]) -> None:
    first, last = quarter(world.at.date())
    series: dict[str, Series] = world.memory["series"]
    own = [series[plan.key] for plan in PLANS if plan.line is line and plan.step <= world.step]
    sunday = world.at.date() - timedelta(days=world.at.isoweekday())
    weeks = [one.week(sunday) for one in own]
    now = {
        "followers": sum(one.followers(world.at.date()) for one in own),
        **{code: 13 * sum(week[n] for week in weeks) for n, code in enumerate(KPIS[1:])},
    }
    lift = world.random("aim", line.code, first).uniform(1.02, 1.12)
    if line.is_service_line:
        first_rate = world.memory["metrics"]["response_rate"]
        set_target(
            line=world.lines[line.code], metric=first_rate, period_start=first, period_end=last, value=90 * 10**first_rate.scale,
            reason="Nine in ten messages answered.", by=world.by, at=world.at,
        )  # fmt: skip
    for code in codes:
        set_target(
            line=world.lines[line.code], metric=world.memory["metrics"][code], period_start=first, period_end=last,
            value=round(now[code] * lift), reason="Agreed in the quarterly review.", by=world.by, at=world.at,
        )  # fmt: skip


def _stages(world: World, line: DemoLine, rubric: RubricVersion) -> None:
    reason = (
        "The group's own voice leads by example."
        if line.maturity > 0.9
        else "What this market needs, agreed with the hub."
    )
    for dimension in DIMENSIONS:
        if line.maturity > 0.9:
            level = "run"
        elif line.maturity >= AIMS_FROM:
            level = "run" if dimension in ("CON", "MEA") else "walk"
        else:
            level = "crawl" if line.maturity < 0.3 else "walk"
        set_target_stage(
            line=world.lines[line.code], rubric=rubric, dimension=dimension, level=level, reason=reason,
            due_on=world.now.date() + timedelta(days=180), by=world.by, at=world.at,
        )  # fmt: skip
