"""Reads statements, and whom and what they mean."""

import hashlib
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db.models import Count, Max, Q, QuerySet

from coe.enums.roles import Permission
from coe.models import LineClosure, RoleAssignment, User
from coe.rules.principals import Principal
from coe.rules.scope import allowed_lines, people_in_scope, scoped
from training.enums.statements import IdentifierKind
from training.models import ActivityMatch, Course, PersonMatch, Statement, StatementMention
from training.xapi import ACTIVITY, ActorKey

_CHUNK = 500
Key = tuple[str, str]


def statements_in_scope(principal: Principal) -> QuerySet[Statement]:
    """Statements that were sent for the caller's lines."""
    return scoped(Statement.objects.all(), principal)


def uncounted_of(principal: Principal) -> QuerySet[Statement]:
    """Statements that do not count, on lines whose training records the caller keeps, the latest first."""
    led = allowed_lines(principal, Permission.RECORD_TRAINING)
    found = Statement.objects.uncounted().filter(line__in=led).select_related("line", "user", "course")
    return found.order_by("-stored_at", "-id")


def about_agent(key: ActorKey, *, is_broad: bool) -> Q:
    """The condition of `agent`: actor or object; `is_broad` is `related_agents` (Communication 2.1.3). Asks whether it is mentioned."""
    found = Q(actor_kind=key.kind, actor_value=key.value)
    named = StatementMention.objects.filter(kind=key.kind, value=key.value)
    if not is_broad:
        named = named.filter(is_near=True)
    if named.exists():
        found |= Q(pk__in=named.values("statement_id"))
    if is_broad and key.kind == IdentifierKind.ACCOUNT:
        home, _space, name = key.value.partition(" ")
        if home == settings.BASE_URL:
            # Whoever vouches is one of our own tokens, and no statement is vouched for by anybody else.
            found |= Q(document__authority__account__name=name)
    return found


def about_activity(activity: str, *, is_broad: bool) -> Q:
    """The condition of `activity`: the object; `is_broad` is `related_activities` (Communication 2.1.3)."""
    found = Q(activity=activity)
    if is_broad:
        named = StatementMention.objects.filter(kind=ACTIVITY, value=activity)
        found |= Q(pk__in=named.values("statement_id"))
    return found


def _chunks(values: Iterable[str]) -> Iterable[list[str]]:
    items = list(dict.fromkeys(values))
    return (items[start : start + _CHUNK] for start in range(0, len(items), _CHUNK))


def reach(user_ids: Collection[int], line_ids: Collection[int]) -> set[tuple[int, int]]:
    """Pairs (person, line) in which the person works on that line or below it; people of the whole company work on every root line."""
    ids = list(set(user_ids))
    pairs: set[tuple[int, int]] = set()
    above = LineClosure.objects.filter(descendant_id__in=line_ids, depth__gt=0)
    top = set(line_ids) - set(above.values_list("descendant_id", flat=True))
    for start in range(0, len(ids), _CHUNK):
        held = RoleAssignment.objects.filter(user_id__in=ids[start : start + _CHUNK])
        pairs |= set(
            held.filter(line__ancestor_links__ancestor_id__in=line_ids)
            .values_list("user_id", "line__ancestor_links__ancestor_id")
            .distinct()
        )
        for user_id in held.filter(line__isnull=True).values_list("user_id", flat=True).distinct():
            pairs |= {(user_id, line_id) for line_id in top}
    return pairs


def people_by_key(keys: Iterable[Key]) -> dict[Key, User]:
    """Known people by (kind, value): by what somebody matched, then by their own e-mail address or its digest."""
    wanted = list(dict.fromkeys(keys))
    found: dict[Key, User] = {}
    for values in _chunks(value for _, value in wanted):
        for match in PersonMatch.objects.filter(value__in=values).select_related("user"):
            found[(match.kind, match.value)] = match.user
    emails = [value for kind, value in wanted if kind == IdentifierKind.MBOX]
    for values in _chunks(emails):
        for user in User.objects.filter(email__in=values):
            found.setdefault((IdentifierKind.MBOX, user.email), user)
    digests = {value for kind, value in wanted if kind == IdentifierKind.MBOX_SHA1SUM}
    if digests - {value for kind, value in found if kind == IdentifierKind.MBOX_SHA1SUM}:
        # A digest cannot be looked up; one pass over the addresses answers for all of them.
        named = {
            digest: pk
            for pk, email in User.objects.values_list("pk", "email").iterator()
            if (digest := mbox_digest(email)) in digests
        }
        users = User.objects.in_bulk(named.values())
        for digest, pk in named.items():
            found.setdefault((IdentifierKind.MBOX_SHA1SUM, digest), users[pk])
    return {key: found[key] for key in wanted if key in found}


def mbox_digest(email: str) -> str:
    """`mbox_sha1sum` of an address (xAPI Data 2.4.2.3): the SHA-1 of its mailto IRI. It names, it protects nothing."""
    return hashlib.sha1(f"mailto:{email}".encode(), usedforsecurity=False).hexdigest()


def courses_by_activity(activities: Iterable[str]) -> dict[str, Course]:
    """Known courses by activity: their own activity ids, then what somebody matched."""
    found: dict[str, Course] = {}
    for values in _chunks(activities):
        for match in ActivityMatch.objects.filter(activity__in=values).select_related("course"):
            found[match.activity] = match.course
        for course in Course.objects.filter(activity_id__in=values):
            found[course.activity_id] = course
    return found


@dataclass(frozen=True)
class Unknown:
    """A foreign name that waits for a match: how many statements, when last, and something a person can recognise it by."""

    kind: str
    value: str
    count: int
    latest: datetime
    hint: str


def unknown_people(principal: Principal) -> QuerySet[Any, Any]:
    """Identifiers in scope whose person is not known, the latest first; rows of `Unknown`'s fields."""
    waiting = statements_in_scope(principal).parked().filter(user__isnull=True).exclude(actor_kind="")
    return (
        waiting.values("actor_kind", "actor_value")
        .annotate(count=Count("pk"), latest=Max("happened_at"), hint=Max("actor_name"))
        .order_by("-latest", "actor_kind", "actor_value")
    )


def unknown_activities(principal: Principal) -> QuerySet[Any, Any]:
    """Activities in scope that are no course, the latest first."""
    waiting = statements_in_scope(principal).parked().filter(course__isnull=True)
    return (
        waiting.values("activity")
        .annotate(count=Count("pk"), latest=Max("happened_at"), sample=Max("pk"))
        .order_by("-latest", "activity")
    )


def as_people(rows: Iterable[Any]) -> list[Unknown]:
    """A page of `unknown_people`."""
    return [
        Unknown(row["actor_kind"], row["actor_value"], row["count"], row["latest"], row["hint"])
        for row in rows
    ]


def as_activities(rows: Sequence[Any], language: str) -> list[Unknown]:
    """A page of `unknown_activities`, each with the name its sender gave it (one query)."""
    documents = dict(
        Statement.objects.filter(pk__in=[row["sample"] for row in rows]).values_list("pk", "document")
    )
    return [
        Unknown(
            "activity",
            row["activity"],
            row["count"],
            row["latest"],
            _name(documents.get(row["sample"], {}), language),
        )
        for row in rows
    ]


def _name(document: Mapping[str, Any], language: str) -> str:
    names = document.get("object", {}).get("definition", {}).get("name", {})
    own = next((text for tag, text in names.items() if tag.split("-")[0].casefold() == language), "")
    return str(own or next(iter(names.values()), ""))[:200]


def matches_in_scope(principal: Principal) -> QuerySet[PersonMatch]:
    """Identifiers of people the caller sees."""
    return PersonMatch.objects.filter(user__in=people_in_scope(principal)).select_related("user")
