"""Builds what is measured: dictionary, figures up to each step, aims of the lines, and the maturity of that day."""

from collections import defaultdict
from datetime import date, timedelta

from coe.demo.plan import PLANS
from coe.demo.world import World
from coe.enums.accounts import LIVE_STATES
from metrics.demo.aims import KPIS, aim
from metrics.demo.figures import Series, source_of
from metrics.enums.maturity import RunKind
from metrics.models import Metric
from metrics.services.dictionary import edit_metric, ensure_dictionary
from metrics.services.observing import NewObservation, record_observations
from metrics.services.rubrics import ensure_rubrics
from metrics.services.runs import run_inline, start_run

WEEKLY = ("posts", "impressions", "engagements")
SERVICE = ("response_rate", "first_response_minutes")
# Further entries of the dictionary that the hub has given an owner.
OWNED = ("reach", "views", "clicks", "mentions", "share_of_voice", "net_sentiment")


def build(world: World) -> None:
    """One step: what was seen since the last one, what is aimed at, and where that leaves every line."""
    if world.is_first:
        ensure_rubrics(by=world.by, at=world.at)
        world.memory["metrics"] = ensure_dictionary(by=world.by, at=world.at)
        world.memory["series"] = {plan.key: Series(world, plan) for plan in PLANS}
    if world.step == 1:
        _own_dictionary(world)
    _observe(world)
    if world.step:
        aim(world)
    run_inline(start_run(RunKind.FULL, by=world.by, at=world.at), at=world.at)


def _own_dictionary(world: World) -> None:
    metrics: dict[str, Metric] = world.memory["metrics"]
    for code in (*KPIS, *SERVICE, *OWNED):
        metrics[code] = edit_metric(
            metrics[code], changes={"owner": world.people["Mei-Ling Tan"]}, by=world.by, at=world.at
        )


def _days(world: World) -> list[date]:
    """The days since the step before, this one included."""
    last = world.at.date()
    first = world.day_of(world.step - 1) + timedelta(days=1) if world.step else last
    return [first + timedelta(days=n) for n in range((last - first).days + 1)]


def _observe(world: World) -> None:
    rows: dict[str, list[NewObservation]] = defaultdict(list)
    days = _days(world)
    for plan in PLANS:
        account = world.accounts.get(plan.key)
        if account is None or account.state not in LIVE_STATES or plan.step >= world.step > 0:
            continue
        series: Series = world.memory["series"][plan.key]
        out, pk = rows[source_of(plan)], account.pk
        for on in days:
            if not series.is_reported(on):
                continue
            out.append(NewObservation("followers", on, account_id=pk, value=series.followers(on)))
            if on.isoweekday() != 7:
                continue
            for code, value in zip(WEEKLY, series.week(on), strict=True):
                out.append(NewObservation(code, on, account_id=pk, value=value))
            if plan.is_service:
                answered, received, tenths = series.service(on)
                rate, wait = SERVICE
                out.append(NewObservation(rate, on, account_id=pk, numerator=answered, denominator=received))
                out.append(NewObservation(wait, on, account_id=pk, value=tenths))
    lines = {account.pk: account.line_id for account in world.accounts.values()}
    for source in sorted(rows):
        record_observations(
            rows[source],
            by=world.by,
            at=world.at,
            source=source,
            metrics=world.memory["metrics"],
            lines=lines,
        )
