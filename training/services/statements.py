"""Takes xAPI statements in: all of an array or none, each stored once, and what they say of somebody's learning done once."""

import hashlib
import uuid
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from coe.errors import Problem
from coe.models import BusinessLine, User
from coe.rules.principals import Actor
from coe.services.history import Entry, record_many
from training.enums.statements import COUNTING, StatementEffect, StatementState
from training.enums.training import CompletionSource
from training.errors import StatementConflict, StatementRefused
from training.models import Completion, CourseVersion, Statement, StatementMention
from training.models.statements import LONGEST_ACTIVITY, LONGEST_IDENTIFIER
from training.selectors.statements import courses_by_activity, people_by_key, reach
from training.selectors.versions import version_at, versions_of
from training.services.completions import Finished, record_completions, void_completions
from training.xapi import actor_keys, effect_of, fingerprint, mentions, voided_id
from training.xapi.statements import VOIDED

_CHUNK = 500


def _event(row: Statement) -> str:
    """Statements of one registration, or of one second, about one person and one activity tell of one event."""
    when = str(row.registration) if row.registration else row.happened_at.replace(microsecond=0).isoformat()
    text = "\n".join([row.actor_kind, row.actor_value, row.activity, when])
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def _row(document: Mapping[str, Any], *, line: BusinessLine, at: datetime) -> Statement:
    effect, keys = effect_of(document), actor_keys(document["actor"])
    key = keys[0] if keys else None
    registration = (document.get("context") or {}).get("registration")
    voids = voided_id(document)
    row = Statement(
        line=line,
        statement_id=uuid.UUID(document["id"]),
        fingerprint=fingerprint(document),
        document=dict(document),
        verb=document["verb"]["id"],
        activity=effect.activity,
        registration=uuid.UUID(registration) if registration else None,
        actor_kind=key.kind if key else "",
        actor_value=key.value if key else "",
        actor_name=str(document["actor"].get("name", ""))[:200],
        effect=effect.kind.value,
        happened_at=effect.happened_at or at,
        stored_at=at,
        state=StatementState.STORED,
        voids=uuid.UUID(voids) if voids else None,
        created_at=at,
        updated_at=at,
    )
    if row.effect in COUNTING and key:
        row.event = _event(row)
    return row


def _numbered(documents: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Every statement with an id, in small letters.

    :raises StatementRefused: one id stands twice in the array.
    """
    named = [{**one, "id": str(one.get("id") or uuid.uuid4()).lower()} for one in documents]
    seen: dict[str, int] = {}
    for index, one in enumerate(named):
        if one["id"] in seen:
            message = _("The id %(id)s stands twice, at %(first)d and %(second)d.")
            text = message % {"id": one["id"], "first": seen[one["id"]], "second": index}
            raise StatementRefused(text, problems=(Problem("/id", "duplicate_id", text, row=index),))
        seen[one["id"]] = index
    return named


def _refuse_long(documents: Sequence[Mapping[str, Any]]) -> None:
    """What cannot be kept whole is not kept: a cut identifier would be somebody else's.

    :raises StatementRefused: names each place, at most a hundred.
    """
    problems = []
    for index, one in enumerate(documents):
        told = [("/verb/id", one["verb"]["id"], LONGEST_ACTIVITY)]
        if one["object"].get("objectType", "Activity") == "Activity":
            told.append(("/object/id", one["object"]["id"], LONGEST_ACTIVITY))
        told += [("/actor", key.value, LONGEST_IDENTIFIER) for key in actor_keys(one["actor"])]
        told += [("", mention.value, LONGEST_IDENTIFIER) for mention in mentions(one)]
        for place, value, most in told:
            if len(value) > most:
                text = _(
                    "“%(start)s…” has %(count)d characters; the hub keeps identifiers of at most %(most)d."
                )
                words = text % {"start": value[:60], "count": len(value), "most": most}
                problems.append(Problem(place, "too_long", words, row=index))
    if problems:
        raise StatementRefused(problems[0].message, problems=tuple(problems[:100]))


def _stored(ids: Sequence[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for start in range(0, len(ids), _CHUNK):
        rows = Statement.objects.filter(statement_id__in=ids[start : start + _CHUNK])
        found |= {str(key): mark for key, mark in rows.values_list("statement_id", "fingerprint")}
    return found


def take_statements(
    documents: Sequence[Mapping[str, Any]],
    *,
    line: BusinessLine,
    authority: Mapping[str, Any],
    version: str,
    by: Actor,
    at: datetime,
) -> list[str]:
    """Store valid statements for a line in one transaction and do what they say; answers their ids in the same order.

    A statement that is there already with the same content is left as it is. passed, completed and waived of a known person and a
    known course become completions, once for each event; who or what is not known is parked. The number of questions to the
    database grows by the five hundred, not by the statement.

    :raises StatementRefused: an id stands twice in the array, an identifier is longer than the hub keeps, or a voiding statement is
        voided (Data 2.3.2).
    :raises StatementConflict: an id is stored with other content; nothing of the array is stored then.
    """
    named = _numbered(documents)
    _refuse_long(named)
    # `stored` is told in milliseconds; kept finer, a statement would be later than its own time, and asked for twice.
    at = at.replace(microsecond=at.microsecond // 1000 * 1000)
    try:
        with transaction.atomic():
            _take(named, line=line, authority=authority, version=version, by=by, at=at)
    except IntegrityError:
        # Two senders brought one id at the same moment: the second reads what the first one stored.
        with transaction.atomic():
            _take(named, line=line, authority=authority, version=version, by=by, at=at)
    return [one["id"] for one in named]


def _take(
    named: Sequence[dict[str, Any]],
    *,
    line: BusinessLine,
    authority: Mapping[str, Any],
    version: str,
    by: Actor,
    at: datetime,
) -> None:
    known = _stored([one["id"] for one in named])
    other = [one["id"] for one in named if one["id"] in known and known[one["id"]] != fingerprint(one)]
    if other:
        text = _("%(id)s is stored with other content. Send a new statement, and void the old one.") % {
            "id": other[0]
        }
        raise StatementConflict(
            text, problems=tuple(Problem("id", "statement_conflict", one) for one in other[:50])
        )
    stamp = at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    fresh = [
        {"timestamp": stamp, "version": version, **one, "stored": stamp, "authority": dict(authority)}
        for one in named
        if one["id"] not in known
    ]
    rows = [_row(one, line=line, at=at) for one in fresh]
    if not rows:
        return
    _note_voids(rows)
    for row, original in zip(rows, (one for one in named if one["id"] not in known), strict=True):
        # The mark is taken of what was sent: a time that we set ourselves would make a repeat look like another statement.
        row.fingerprint = fingerprint(original)
    judge([row for row in rows if row.voided_by is None], by=by, at=at)
    Statement.objects.bulk_create(rows, batch_size=_CHUNK)
    StatementMention.objects.bulk_create(
        [
            StatementMention(statement=row, kind=one.kind, value=one.value, is_near=one.is_near)
            for row in rows
            for one in mentions(row.document)
        ],
        batch_size=_CHUNK,
    )
    _void(rows, by=by, at=at)


def _note_voids(rows: Sequence[Statement]) -> None:
    """A statement may come after the one that voids it, in this array or days later (Data 2.3.2)."""
    by_id = {row.statement_id: row for row in rows}
    for row in rows:
        target = by_id.get(row.voids) if row.voids else None
        if target is not None:
            _refuse_voiding(target.verb, row.voids)
            target.voided_by = row.statement_id
    ids = list(by_id)
    for start in range(0, len(ids), _CHUNK):
        part = ids[start : start + _CHUNK]
        for voider, target_id, line_id in Statement.objects.filter(voids__in=part).values_list(
            "statement_id", "voids", "line_id"
        ):
            if line_id == by_id[target_id].line_id:
                by_id[target_id].voided_by = voider


def _refuse_voiding(verb: str, target: uuid.UUID | None) -> None:
    if verb == VOIDED:
        text = _("%(id)s voids a statement itself and cannot be voided.") % {"id": target}
        raise StatementRefused(text, problems=(Problem("/object/id", "voiding_voided", text),))


def _void(rows: Sequence[Statement], *, by: Actor, at: datetime) -> None:
    """Mark what was voided, and take back completions that no other statement speaks for."""
    voiders = {row.voids: row for row in rows if row.voids}
    if not voiders:
        return
    # A line may void what was sent for itself or for the lines below it; for any other it is information.
    line_id = rows[0].line_id
    targets = list(
        Statement.objects.select_for_update(of=("self",))
        .filter(statement_id__in=list(voiders), line__ancestor_links__ancestor_id=line_id)
        .order_by("pk")
    )
    for target in targets:
        _refuse_voiding(target.verb, target.statement_id)
        target.voided_by, target.updated_at = voiders[target.statement_id].statement_id, at
    Statement.objects.bulk_update(targets, ["voided_by", "updated_at"], batch_size=_CHUNK)
    touched = {target.completion_id for target in targets if target.completion_id}
    held = set(
        Statement.objects.standing().filter(completion_id__in=touched).values_list("completion_id", flat=True)
    )
    alone = list(Completion.objects.standing().filter(pk__in=touched - held))
    if alone:
        void_completions(alone, by=by, at=at, why=_("Voided by the learning system"))


def judge(rows: Sequence[Statement], *, by: Actor, at: datetime) -> None:
    """Decide what becomes of statements and do it; the rows carry the answer and are not saved here.

    What is not a completion stays information. An unknown person or course parks it. What cannot be a completion (before the person
    joined, of a retired course) is refused with the reason.
    """
    counting = [row for row in rows if row.effect in COUNTING and row.event]
    if not counting:
        return
    people = people_by_key((row.actor_kind, row.actor_value) for row in counting)
    courses = courses_by_activity(row.activity for row in counting)
    near = reach([user.pk for user in people.values()], {row.line_id for row in counting})
    ready: list[Statement] = []
    for row in counting:
        user, course = people.get((row.actor_kind, row.actor_value)), courses.get(row.activity)
        # A person of another line is nobody for this one: neither counted, nor told.
        row.user = user if user is not None and (user.pk, row.line_id) in near else None
        row.course = course
        if row.user is None or row.course is None:
            row.state, row.note = StatementState.PARKED, ""
        else:
            ready.append(row)
    _apply(ready, by=by, at=at)


def _apply(ready: Sequence[Statement], *, by: Actor, at: datetime) -> None:
    if not ready:
        return
    # One event at a time for one person: two processes that bring “passed” and “completed” would both find nothing yet.
    list(
        User.objects.select_for_update()
        .filter(pk__in={row.user_id for row in ready})
        .order_by("pk")
        .values_list("pk")
    )
    known = _completions_of_events([row.event for row in ready])
    versions = versions_of({row.course_id for row in ready})
    first: dict[str, Statement] = {}
    for row in ready:
        if (
            row.event not in known
            and row.event not in first
            and version_at(row.course, row.happened_at, versions=versions) is not None
        ):
            first[row.event] = row
    finished = [_finished(row, versions) for row in first.values()]
    answers = dict(zip(first, record_completions(finished, by=by, at=at), strict=True)) if finished else {}
    for row in ready:
        answer = answers.get(row.event)
        completion = known.get(row.event) or (answer.completion if answer else None)
        if completion is not None:
            row.state, row.completion, row.note = StatementState.APPLIED, completion, ""
            continue
        row.state = StatementState.REFUSED
        problem = answer.problem if answer else None
        row.note = (problem.message if problem else _("The course has no published version."))[:300]


def _finished(row: Statement, versions: Mapping[int, list[CourseVersion]]) -> Finished:
    version = version_at(row.course, row.happened_at, versions=versions)
    assert version is not None and row.user is not None  # noqa: PT018  # `_apply` sends no other
    scaled = effect_of(row.document).scaled
    waived = f" · {_('waived')}" if row.effect == StatementEffect.WAIVED else ""
    return Finished(
        user=row.user,
        version=version,
        achieved_at=row.happened_at,
        source=CompletionSource.XAPI,
        # Judged again after its completion was taken back, a statement makes a new one.
        key=f"xapi:{row.statement_id}" + (f":{row.revision}" if row.revision > 1 else ""),
        evidence=f"xAPI {row.statement_id}{waived}",
        # A score below nought is a penalty scheme of its sender; a completion knows 0 to 100 % only.
        score=None if scaled is None else max(0, round(scaled * 10_000)),
    )


def _completions_of_events(events: Sequence[str]) -> dict[str, Completion]:
    found: dict[str, Completion] = {}
    names = list(dict.fromkeys(events))
    for start in range(0, len(names), _CHUNK):
        rows = (
            Statement.objects.standing()
            .filter(
                event__in=names[start : start + _CHUNK],
                state=StatementState.APPLIED,
                completion__voided_at__isnull=True,
            )
            .select_related("completion")
            .order_by("pk")
        )
        for row in rows:
            found.setdefault(row.event, row.completion)
    return found


JUDGED = ("state", "note", "user", "course", "completion", "updated_at")


def judge_again(rows: Sequence[Statement], *, by: Actor, at: datetime, action: str) -> None:
    """Judge stored statements anew and save the answer, with a history row for each that changed."""
    before = {row.pk: row.state for row in rows}
    for row in rows:
        row.updated_at, row.revision = at, row.revision + 1
    judge(rows, by=by, at=at)
    Statement.objects.bulk_update(rows, [*JUDGED, "revision"], batch_size=_CHUNK)
    record_many(
        [
            Entry(action, row, {"state": [before[row.pk], row.state]})
            for row in rows
            if before[row.pk] != row.state
        ],
        by=by,
        at=at,
    )
