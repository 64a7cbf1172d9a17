"""Rounds of the demo company: those that are over have begun and ended on their days, those that run have asked their people."""

from datetime import datetime, timedelta

from coe.demo.world import STEPS, World
from coe.rules.principals import actor_of
from coe.services.timers import cancel_timers, set_timers
from governance.demo.texts import DemoCampaign, demo_texts
from governance.enums.certification import CampaignAction
from governance.models import CertificationCampaign, Policy
from governance.services.acknowledgement_campaigns import (
    CAMPAIGN,
    begin_campaign,
    end_campaign,
    plan_campaign,
)
from governance.services.audience import tell_campaign
from governance.services.certification_campaigns import (
    move_certification_campaign,
    plan_certification_campaign,
)

DAY = timedelta(days=1)
HUB = "Amara Okafor"


def ask_again(world: World) -> None:
    """Rounds of acknowledgement, all of which fall after the last step but one."""
    by = actor_of(world.people[HUB])
    for one in demo_texts().campaigns:
        starts, due = _days(world, one)
        planned = min(starts - DAY, world.now)
        policies = list(Policy.objects.filter(library_code__in=one.policies).order_by("code"))
        row = plan_campaign(
            name=one.name["en"], policies=policies, starts_at=starts, due_at=due, is_repeated=one.is_repeated, by=by, at=planned,
        )  # fmt: skip
        if starts > world.now:
            continue
        begin_campaign(row, by=by, at=starts)
        tell_campaign(campaign_id=row.pk, at=starts)
        # What its clock would have done on those days.
        if due > world.now:
            set_timers(CAMPAIGN, due={str(row.public_id): due}, at=starts)
        else:
            cancel_timers(CAMPAIGN, subjects=[str(row.public_id)], at=due)
            end_campaign(row, by=by, at=due)


def begin_certification(world: World) -> list[CertificationCampaign]:
    """Start the rounds of certification that begin before the next step; returns those that run, the first due first."""
    by = actor_of(world.people[HUB])
    running: list[CertificationCampaign] = world.memory.setdefault("certification rounds", [])
    until = world.at if world.is_last else world.now - STEPS[world.step + 1] * DAY
    for one in demo_texts().certification_campaigns:
        starts, due = _days(world, one)
        if world.at < starts <= until:
            running.append(
                plan_certification_campaign(name=one.name["en"], due_at=due, tier=one.tier, by=by, at=starts)
            )
    running.sort(key=lambda row: row.due_at)
    return running


def end_certification(world: World, *, at: datetime) -> None:
    """End the rounds that are due by an instant."""
    running: list[CertificationCampaign] = world.memory["certification rounds"]
    while running and running[0].due_at <= at:
        row = running.pop(0)
        move_certification_campaign(
            row, action=CampaignAction.END, by=actor_of(world.people[HUB]), at=row.due_at
        )


def _days(world: World, one: DemoCampaign) -> tuple[datetime, datetime]:
    starts = world.now - one.starts_days_ago * DAY
    return starts, starts + one.days * DAY
