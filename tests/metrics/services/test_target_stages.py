"""Target stages: a level per line and dimension, with a reason."""

import datetime as dt

import pytest

from coe.errors import Invalid, Stale
from coe.models import ChangeEvent, LineFact
from coe.rules.principals import Actor
from metrics.models import TargetStage
from metrics.services.rubrics import ready_rubric
from metrics.services.target_stages import remove_target_stage, set_target_stage
from tests.factories import AT, LineFactory

pytestmark = pytest.mark.django_db
BY = Actor.system("test")


@pytest.fixture
def aim():
    """Sets a target stage of one line."""
    line, rubric = LineFactory(), ready_rubric(by=BY, at=AT)
    ChangeEvent.objects.all().delete()

    def make(**fields):
        values = {
            "line": line,
            "rubric": rubric,
            "dimension": "GOV",
            "level": "walk",
            "reason": "A small market.",
        }
        return set_target_stage(**values | fields, by=BY, at=AT)

    return make


def test_a_second_aim_replaces_the_first_and_keeps_its_history(aim):
    aim()
    aim()
    stage = aim(level="run", due_on=dt.date(2026, 12, 31))

    assert (stage.revision, TargetStage.objects.count()) == (2, 1)
    assert [event.action for event in ChangeEvent.objects.order_by("id")] == ["target_stage.set"] * 2
    assert LineFact.objects.filter(fact="targets").exists()


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"reason": " "}, "reason"),
        ({"reason": "x" * 301}, "reason"),
        ({"dimension": "NOPE"}, "dimension"),
        ({"level": "fly"}, "level"),
    ],
)
def test_an_aim_outside_the_rubric_or_without_a_reason_is_refused(aim, fields, field):
    with pytest.raises(Invalid) as caught:
        aim(**fields)

    assert [problem.field for problem in caught.value.problems] == [field]
    assert (TargetStage.objects.count(), ChangeEvent.objects.count()) == (0, 0)


def test_an_old_revision_is_refused(aim):
    aim()
    aim(level="run")

    with pytest.raises(Stale):
        aim(level="crawl", expected_revision=1)

    assert TargetStage.objects.get().level == "run"


def test_an_aim_is_taken_away(aim):
    stage = aim(dimension="")

    remove_target_stage(stage, by=BY, at=AT, why="No longer")

    assert TargetStage.objects.count() == 0
    assert ChangeEvent.objects.latest("id").action == "target_stage.removed"
