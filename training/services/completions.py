"""Records completions, from whatever source, many at once and each of them once; their certificates are issued with them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.db import transaction
from django.utils.translation import gettext as _

from coe.errors import Invalid, Problem, WrongState
from coe.models import ImportBatch, RoleAssignment, User
from coe.rules.principals import Actor
from coe.services.effects import Effect, note_effects
from coe.services.facts import note_facts
from coe.services.history import Entry, changed, record_many, snapshot
from training.enums.training import VersionState
from training.models import Attempt, Certificate, Completion, CourseVersion, Seat
from training.services.certificates import issue_certificates, revoke_certificates

# Clocks of learning systems run ahead a little; more than this is a wrong date.
CLOCK_LEAD = timedelta(minutes=10)
_CHUNK = 5_000


@dataclass(frozen=True, slots=True)
class Finished:
    """Somebody completed a version. `key` names the event for ever: the same key again is the same completion.

    `version.course` must be loaded (`select_related("course")`). `score` is in hundredths of a per cent.
    """

    user: User
    version: CourseVersion
    achieved_at: datetime
    source: str
    key: str
    evidence: str = ""
    score: int | None = None
    attempt: Attempt | None = None
    seat: Seat | None = None


@dataclass(frozen=True, slots=True)
class Recorded:
    """What became of one: the completion (new, or known by its key), or the problem that stood in its way."""

    finished: Finished
    completion: Completion | None = None
    is_new: bool = False
    problem: Problem | None = None


def refusal(finished: Finished, *, at: datetime) -> Problem | None:
    """Why this cannot be a completion; None when it can. Reads nothing."""
    user, version, moment = finished.user, finished.version, finished.achieved_at
    if moment.tzinfo is None:
        return Problem(
            "achieved_at", "zone_missing", _("Give the time with its zone, as 2026-01-31T09:00:00+01:00.")
        )
    if moment > at + CLOCK_LEAD:
        return Problem("achieved_at", "in_future", _("This completion lies in the future."))
    # The day is the person's own: an evening course in Auckland is not the day before.
    if user.joined_on is not None and moment.astimezone(ZoneInfo(user.time_zone)).date() < user.joined_on:
        message = _("%(person)s joined on %(day)s, after this completion.")
        return Problem("achieved_at", "before_joined", message % {"person": user, "day": user.joined_on})
    if version.state == VersionState.DRAFT:
        message = _("Version %(number)d of %(course)s is a draft; nobody can complete it.")
        return Problem(
            "version", "version_draft", message % {"number": version.number, "course": version.course.code}
        )
    # Who began before a version was retired may finish it.
    began = finished.attempt.started_at if finished.attempt is not None else moment
    if not version.is_taught(began):
        message = _("Version %(number)d of %(course)s was retired on %(day)s, before this completion.")
        told = {"number": version.number, "course": version.course.code, "day": version.retired_at.date()}
        return Problem("version", "version_retired", message % told)
    if finished.score is not None and not 0 <= finished.score <= 10_000:
        return Problem("score", "out_of_range", _("A score is 0 to 100 %."))
    if len(finished.evidence) > 500:
        return Problem("evidence", "too_long", _("At most %(most)d characters, please.") % {"most": 500})
    return None


def _known(keys: Sequence[str]) -> dict[str, Completion]:
    found: dict[str, Completion] = {}
    for start in range(0, len(keys), _CHUNK):
        rows = Completion.objects.filter(key__in=keys[start : start + _CHUNK])
        found |= {row.key: row for row in rows}
    return found


def note_learners(user_ids: Iterable[int], *, at: datetime) -> None:
    """Tell the scores that what these people know has changed, on every line on which they hold a role."""
    ids = list(set(user_ids))
    lines: set[int | None] = {None} if ids else set()
    for start in range(0, len(ids), _CHUNK):
        held = RoleAssignment.objects.filter(user_id__in=ids[start : start + _CHUNK]).current(at)
        lines |= set(held.values_list("line_id", flat=True))
    note_facts([(line_id, "training") for line_id in lines], at=at)


@transaction.atomic
def record_completions(
    items: Sequence[Finished], *, by: Actor, at: datetime, why: str = "", batch: ImportBatch | None = None
) -> list[Recorded]:
    """Store completions with their certificates: one answer each, in the same order. What cannot be one is answered, not stored.

    Statements go by the batch, not by the item. Safe twice, and from two processes at once: a key is stored
    once, and every later answer tells the first completion.
    """
    known = _known(list(dict.fromkeys(item.key for item in items)))
    answers: dict[int, Recorded] = {}
    fresh: dict[str, tuple[Finished, Completion]] = {}
    for index, item in enumerate(items):
        if item.key in known or item.key in fresh:
            continue
        problem = refusal(item, at=at)
        if problem is not None:
            answers[index] = Recorded(item, problem=problem)
            continue
        row = Completion(
            user=item.user, course=item.version.course, version=item.version, source=item.source,
            # What a clock that runs ahead tells happened now: the certificate holds, and is scored, from this write on.
            achieved_at=min(item.achieved_at, at), evidence=item.evidence, score=item.score, key=item.key, attempt=item.attempt,
            seat=item.seat, created_at=at, updated_at=at,
        )  # fmt: skip
        fresh[item.key] = (item, row)
    new: dict[str, Completion] = {}
    if fresh:
        Completion.objects.bulk_create(
            [row for _item, row in fresh.values()], batch_size=500, ignore_conflicts=True
        )
        stored = _known(list(fresh))
        # Another process may have stored a key between our reading and our writing: then its row is the answer.
        new = {key: row for key, row in stored.items() if row.public_id == fresh[key][1].public_id}
        for key, row in new.items():
            item = fresh[key][0]
            row.user, row.version, row.course = item.user, item.version, item.version.course
        known |= stored
        _follow(list(new.values()), by=by, at=at, why=why, batch=batch)
    told: set[str] = set()
    for index, item in enumerate(items):
        if index not in answers:
            is_new = item.key in new and item.key not in told
            told.add(item.key)
            answers[index] = Recorded(item, completion=known[item.key], is_new=is_new)
    return [answers[index] for index in range(len(items))]


def _follow(
    rows: Sequence[Completion], *, by: Actor, at: datetime, why: str, batch: ImportBatch | None
) -> None:
    record_many(
        [Entry("completion.recorded", row, changed({}, snapshot(row))) for row in rows],
        by=by, at=at, why=why, batch_id=batch and batch.public_id,
    )  # fmt: skip
    note_effects(batch, effects=[Effect(row, is_create=True) for row in rows])
    issue_certificates(rows, by=by, at=at, batch=batch)
    note_learners([row.user_id for row in rows], at=at)


def record_completion(finished: Finished, *, by: Actor, at: datetime, why: str = "") -> Recorded:
    """Store one completion; the same key again gives the first one.

    :raises Invalid: it cannot be one: before the person joined, of a retired version, in the future.
    """
    answer = record_completions([finished], by=by, at=at, why=why)[0]
    if answer.problem is not None:
        raise Invalid(answer.problem.message, problems=(answer.problem,))
    return answer


@transaction.atomic
def void_completions(completions: Sequence[Completion], *, by: Actor, at: datetime, why: str) -> int:
    """Take completions back for good, with their certificates; the rows stay. Returns how many were standing until now.

    :raises Invalid: no reason is given.
    """
    if not why.strip():
        raise Invalid.one("why", "required", _("Say why."))
    standing = list(
        Completion.objects.select_for_update(of=("self",))
        .standing()
        .filter(pk__in=[one.pk for one in completions])
        .select_related("user", "course")
        .order_by("pk")
    )
    for row in standing:
        row.voided_at, row.updated_at, row.revision = at, at, row.revision + 1
    Completion.objects.bulk_update(standing, ["voided_at", "updated_at", "revision"], batch_size=500)
    record_many(
        [Entry("completion.voided", row, {"voided_at": [None, at]}) for row in standing],
        by=by,
        at=at,
        why=why,
    )
    held = Certificate.objects.filter(completion__in=standing, revoked_at__isnull=True)
    revoke_certificates(list(held), by=by, at=at, why=why)
    note_learners([row.user_id for row in standing], at=at)
    return len(standing)


def void_completion(completion: Completion, *, by: Actor, at: datetime, why: str) -> None:
    """Take one completion back, with its certificate.

    :raises WrongState: it is voided already. :raises Invalid: no reason is given.
    """
    if not void_completions([completion], by=by, at=at, why=why):
        raise WrongState(_("This completion was taken back already."))


@transaction.atomic
def record_all_completions(items: Sequence[Finished], *, by: Actor, at: datetime) -> list[Completion]:
    """Store all of these completions or none; the rows, in the same order.

    :raises Invalid: some cannot be completions; one problem each, with the place of its item as row. Nothing is stored.
    """
    answers = record_completions(items, by=by, at=at)
    refused = tuple(
        replace(answer.problem, row=place)
        for place, answer in enumerate(answers)
        if answer.problem is not None
    )
    if refused:
        raise Invalid(refused[0].message, problems=refused)
    return [answer.completion for answer in answers if answer.completion is not None]
