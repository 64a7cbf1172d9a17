"""Sets the stage a line aims at in each dimension of a rubric. Run everywhere is not the goal, so people say why."""

from datetime import date, datetime

from django.db import transaction
from django.utils.translation import gettext as _

from coe.errors import Invalid
from coe.models import BusinessLine
from coe.rules.principals import Actor
from coe.services.facts import note_facts
from coe.services.history import changed, record, snapshot
from coe.services.records import locked, save_changed
from metrics.models import RubricVersion, TargetStage
from metrics.selectors.rubrics import rubric_of


def _check_place(rubric: RubricVersion, dimension: str, level: str) -> None:
    model = rubric_of(rubric)
    dimensions = [one.code for one in model.dimensions]
    if dimension and dimension not in dimensions:
        raise Invalid.one(
            "dimension",
            "dimension_unknown",
            _("“%(text)s” is no dimension of this rubric. Known: %(known)s; leave it empty for the whole.")
            % {"text": dimension[:40], "known": ", ".join(dimensions)},
        )
    levels = [one.code for one in model.levels]
    if level not in levels:
        raise Invalid.one(
            "level",
            "level_unknown",
            _("“%(text)s” is no stage of this rubric. Known: %(known)s.")
            % {"text": level[:40], "known": ", ".join(levels)},
        )


@transaction.atomic
def set_target_stage(
    *,
    line: BusinessLine,
    rubric: RubricVersion,
    dimension: str,
    level: str,
    by: Actor,
    at: datetime,
    reason: str = "",
    due_on: date | None = None,
    why: str = "",
    expected_revision: int | None = None,
) -> TargetStage:
    """Set the stage a line aims at in a dimension ("" for the whole); a second one replaces the first. Targets hold for every
    version of the rubric. Nothing is written when nothing differs.

    :raises Invalid: no such dimension or stage, or no reason: run everywhere is not the goal, so people say why.
    :raises Stale: `expected_revision` is old.
    """
    _check_place(rubric, dimension, level)
    reason = " ".join(reason.split())
    if not reason:
        raise Invalid.one("reason", "required", _("Say why this stage is the right one for the line."))
    if len(reason) > 300 or "\x00" in reason:
        raise Invalid.one("reason", "out_of_range", _("Give the reason in at most 300 characters."))
    stage = TargetStage.objects.filter(line=line, rubric_code=rubric.code, dimension=dimension).first()
    if stage is not None:
        stage = locked(stage, expected_revision=expected_revision)
        stage.line = line
    before = snapshot(stage) if stage else {}
    is_new = stage is None
    stage = stage or TargetStage(
        line=line, rubric_code=rubric.code, dimension=dimension, created_at=at, updated_at=at
    )
    stage.level, stage.reason, stage.due_on = level, reason, due_on
    difference = changed(before, snapshot(stage))
    if not difference:
        return stage
    if is_new:
        stage.save(force_insert=True)
    else:
        save_changed(stage, fields=["level", "reason", "due_on"], at=at)
    record("target_stage.set", stage, by=by, at=at, changes=difference, why=why)
    note_facts([(line.pk, "targets")], at=at)
    return stage


@transaction.atomic
def remove_target_stage(
    stage: TargetStage, *, by: Actor, at: datetime, why: str = "", expected_revision: int | None = None
) -> None:
    """Take an aim away; its history stays."""
    stage = locked(stage, expected_revision=expected_revision)
    record("target_stage.removed", stage, by=by, at=at, changes=changed(snapshot(stage), {}), why=why)
    note_facts([(stage.line_id, "targets")], at=at)
    stage.delete()
