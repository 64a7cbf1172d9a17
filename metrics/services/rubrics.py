"""Loads, checks, publishes and compares rubric versions."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from coe.errors import Invalid, Problem, WrongState
from coe.rules.principals import Actor
from coe.services.history import record
from coe.services.later import later
from metrics.enums.maturity import RubricState
from metrics.indicators.registry import REGISTRY
from metrics.models import RubricVersion
from metrics.scoring import (
    Finding,
    Rubric,
    RubricDiff,
    RubricInvalid,
    Severity,
    compile_rubric,
    diff_rubrics,
    lint,
    load_rubric,
    read_rubric,
    shipped_rubrics,
)
from metrics.selectors.rubrics import current_rubric, rubric_of

STARTER = "social-coe-starter"
Document = str | bytes | Mapping[str, Any]


def _read(document: Document) -> tuple[dict[str, Any], Rubric]:
    try:
        return read_rubric(document), load_rubric(document)
    except RubricInvalid as error:
        problems = tuple(
            Problem(p.path, "rubric_invalid", f"{p.message} {p.remedy}".strip()) for p in error.problems
        )
        raise Invalid(_("The rubric does not follow its schema."), problems=problems) from error


def lint_rubric(document: Document) -> list[Finding]:
    """Everything doubtful about a rubric's meaning, the worst first; writes nothing.

    :raises Invalid: the document breaks the schema; each problem names its place and remedy.
    """
    return lint(_read(document)[1], REGISTRY)


@transaction.atomic
def load_rubric_version(document: Document, *, by: Actor, at: datetime, why: str = "") -> RubricVersion:
    """Store a document as a draft. The same version again replaces the draft; an unchanged one writes nothing.

    :raises Invalid: the document breaks the schema.
    :raises WrongState: this version is published and the document differs; a new version number is needed.
    """
    raw, rubric = _read(document)
    row = RubricVersion.objects.select_for_update().filter(code=rubric.code, version=rubric.version).first()
    if row is not None and row.sha256 == rubric.digest:
        return row
    if row is not None and row.state != RubricState.DRAFT:
        raise WrongState(
            _("%(rubric)s is published and never changes. Give the document a new version number.")
            % {"rubric": str(row)}
        )
    if row is None:
        row = RubricVersion(code=rubric.code, version=rubric.version, created_at=at)
    else:
        row.revision += 1
    before = row.sha256
    row.title, row.document, row.sha256, row.updated_at = dict(rubric.title), raw, rubric.digest, at
    row.save()
    record("rubric.loaded", row, by=by, at=at, changes={"sha256": [before or None, row.sha256]}, why=why)
    return row


def unready(rubric: Rubric) -> tuple[Problem, ...]:
    """What forbids judging by a rubric: an indicator without a collector, a stage nobody can reach; nothing when it is ready."""
    errors = [finding for finding in lint(rubric, REGISTRY) if finding.severity is Severity.ERROR]
    if errors:
        return tuple(Problem(f.where, f.id, f"{f.message} {f.hint}".strip()) for f in errors)
    try:
        compile_rubric(rubric)
    except RubricInvalid as error:
        return (Problem("", "rubric_invalid", str(error)),)
    return ()


def _refuse_unready(rubric: Rubric) -> None:
    if problems := unready(rubric):
        raise Invalid(_("The rubric cannot be published yet."), problems=problems)


@transaction.atomic
def publish_rubric(
    rubric: RubricVersion, *, by: Actor, at: datetime, why: str = "", make_current: bool = True
) -> RubricVersion:
    """Publish a draft for good and, unless told otherwise, judge every line by it from now on.

    A published version that is not current becomes current. An earlier version of the same model is retired. A full run
    follows after commit.

    :raises Invalid: the linter finds errors: an indicator without a collector, a stage nobody can reach.
    :raises WrongState: the version is retired, or current already.
    """
    row = RubricVersion.objects.select_for_update().get(pk=rubric.pk)
    if row.state == RubricState.RETIRED:
        raise WrongState(_("A retired rubric stays retired. Load it under a new version number."))
    if row.is_current:
        raise WrongState(_("This rubric is current already."))
    _refuse_unready(load_rubric(row.document))
    before = {"state": row.state, "is_current": row.is_current}
    if make_current:
        RubricVersion.objects.filter(is_current=True).update(is_current=False, updated_at=at)
    others = RubricVersion.objects.filter(
        code=row.code, state=RubricState.PUBLISHED, is_current=False
    ).exclude(pk=row.pk)
    others.update(state=RubricState.RETIRED, updated_at=at)
    if row.state == RubricState.DRAFT:
        row.published_at, row.published_by_id = at, by.user_id
    row.state, row.is_current, row.updated_at = RubricState.PUBLISHED, make_current, at
    row.revision += 1
    row.save()
    after = {"state": row.state, "is_current": row.is_current}
    record(
        "rubric.published",
        row,
        by=by,
        at=at,
        changes={key: [before[key], after[key]] for key in before},
        why=why,
    )
    if make_current:
        later("metrics.nightly_run")
    return row


def diff_rubric(rubric: RubricVersion, document: Document) -> RubricDiff:
    """How a document differs from a stored version; writes nothing.

    :raises Invalid: the document breaks the schema.
    """
    return diff_rubrics(rubric_of(rubric), _read(document)[1])


@transaction.atomic
def ensure_rubrics(*, by: Actor, at: datetime) -> list[RubricVersion]:
    """Load the models that ship with the product: the starter published and current, the others as drafts.

    A second call changes nothing: what people published or edited since stays theirs.
    """
    found = []
    for name, path in shipped_rubrics().items():
        raw, rubric = _read(path.read_bytes())
        row = RubricVersion.objects.filter(code=rubric.code, version=rubric.version).first()
        if row is None:
            row = load_rubric_version(raw, by=by, at=at)
            if name == STARTER:
                row = publish_rubric(row, by=by, at=at, make_current=current_rubric() is None)
        found.append(row)
    return found


def ready_rubric(*, by: Actor, at: datetime) -> RubricVersion:
    """The current rubric; a hub that has none gets the shipped ones first.

    :raises WrongState: people have left the hub without a current rubric.
    """
    row = current_rubric()
    if row is None:
        try:
            ensure_rubrics(by=by, at=at)
        except IntegrityError:
            pass  # another process loads them at this very moment; its result is read below
        row = current_rubric()
    if row is None:
        raise WrongState(_("No rubric is current. Publish one first."))
    return row
