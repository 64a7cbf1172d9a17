"""Readings that change by the clock alone change at their instant: a briefing a year later, a lapsed certificate on its 31st day."""

import datetime as dt

import pytest

from coe.engine.ticking import tick
from coe.enums.roles import Role
from coe.enums.work import TimerState
from coe.models import LineFact, Timer
from metrics.models import IndicatorReading
from metrics.services.runs import consume_facts
from metrics.services.windows import WINDOWS
from tests.factories import LineFactory, RoleFactory
from tests.metrics.world import organisation
from tests.training.world import BY, curriculum, finished, taught
from training.services.certificates import revoke_certificate
from training.services.completions import record_completion
from training.services.enrolments import sync_enrolments

pytestmark = pytest.mark.django_db
DAY, SECOND = dt.timedelta(days=1), dt.timedelta(seconds=1)


def reading(code: str, line) -> tuple[int | None, int | None]:
    row = IndicatorReading.objects.open().get(indicator=code, line=line)
    return row.numerator, row.denominator


def test_windows_close_at_their_instant(at: dt.datetime) -> None:
    organisation()
    line = LineFactory(code="A")
    lead = RoleFactory(line=line, role=Role.LINE_LEAD).user
    manager = RoleFactory(line=line, role=Role.ACCOUNT_MANAGER).user
    briefing, foundation = taught("CRI", validity_months=None), taught("FND")
    curriculum("am", foundation.course, roles=(Role.ACCOUNT_MANAGER,))
    sync_enrolments(by=BY, at=at - DAY)
    record_completion(finished(briefing, at - 300 * DAY, lead), by=BY, at=at)
    held = record_completion(
        finished(foundation, at - 10 * DAY, manager), by=BY, at=at
    ).completion.certificate
    consume_facts(at=at)

    def due() -> dict[str, dt.datetime]:
        rows = Timer.objects.filter(kind=WINDOWS, state=TimerState.WAITING)
        return dict(rows.values_list("subject", "due_at"))

    year, month = at + 65 * DAY, at + 41 * DAY
    assert due() == {"cri": year, "lapse": held.expires_at + 31 * DAY}
    revoke_certificate(held, by=BY, at=at + 10 * DAY, why="Answers were copied")
    consume_facts(at=at + 10 * DAY)
    assert due() == {"cri": year, "lapse": month}

    told = []
    for code, instant in (("people.certificate_lapsed_days", month), ("people.crisis_module_12m", year)):
        for moment in (instant - SECOND, instant):
            tick(at=moment)
            noted = set(LineFact.objects.values_list("line", "fact"))
            consume_facts(at=moment)
            told.append((noted, reading(code, line)))

    assert told == [
        (set(), (0, None)), ({(line.pk, "training")}, (31, None)), (set(), (1, 1)), ({(line.pk, "training")}, (0, 1)),
    ]  # fmt: skip
    assert due() == {}
