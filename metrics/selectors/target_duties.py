"""Duties of metrics: targets whose period is over and whose value was not reached."""

from collections import defaultdict
from collections.abc import Collection, Iterator
from datetime import datetime, time

from django.urls import reverse
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _, ngettext_lazy

from coe.models import BusinessLine, User
from coe.rules.principals import Principal
from coe.rules.working_time import instant_of
from coe.selectors.duties import Duty
from coe.selectors.posts import leads_of_lines
from coe.selectors.working_times import working_times
from metrics.enums.dictionary import TargetState
from metrics.models import Target
from metrics.selectors.outcomes import outcomes_of
from metrics.selectors.targets import ended_targets

WITHIN_DAYS = 5


def target_duties(people: Collection[User], *, at: datetime) -> Iterator[Duty]:
    """Line leads answer for missed targets: set the next one, or take the missed one away with the reason.

    One duty per line, due within five business days of the line after its first missed target ended.
    """
    ended = list(
        ended_targets(Principal.system(), at.date()).select_related("metric").order_by("period_end", "pk")
    )
    leads = leads_of_lines({target.line_id for target in ended}, at=at)
    asked = {person.pk for person in people}
    mine = [target for target in ended if asked & set(leads.get(target.line_id, ()))]
    outcomes = outcomes_of(mine, on=at.date())
    missed: dict[int, list[Target]] = defaultdict(list)
    for target in mine:
        if outcomes[target.pk].state in (TargetState.MISSED, TargetState.UNREPORTED):
            missed[target.line_id].append(target)
    lines = BusinessLine.objects.in_bulk(missed)
    hours = working_times(lines)
    for line_id, targets in missed.items():
        line = lines[line_id]
        over = instant_of(targets[0].period_end, time(12), hours[line_id].zone)
        for person_id in leads[line_id]:
            if person_id in asked:
                yield Duty(
                    person_id=person_id,
                    kind="target.missed",
                    key=line.code,
                    title=format_lazy(
                        ngettext_lazy(
                            "Answer for {count} missed target of {line}",
                            "Answer for {count} missed targets of {line}",
                            len(targets),
                        ),
                        count=len(targets),
                        line=line.name,
                    ),
                    url=f"{reverse('metric-list')}?target=ended",
                    due_at=hours[line_id].after_days(over, WITHIN_DAYS),
                    line=line,
                    note=_("Set the next one, or take it away and say why."),
                )
