"""Redundancy of the seats the programme cannot do without (the "hit by a bus" question of SERNA2 in the domain research)."""

from collections import defaultdict

from django.utils.translation import gettext as _

from coe.enums.roles import Role
from metrics.indicators.base import EvidenceItem, Indicator, Lines, Moment, Reading
from metrics.indicators.seats import holders
from metrics.scoring import Scope
from training.models import Certificate, Requirement

CRITICAL = (Role.HUB_LEAD, Role.CORPORATE_COMMUNICATIONS, Role.ESCALATION_APPROVER, Role.SPOKESPERSON)


def _unbacked(moment: Moment) -> dict[Role, str]:
    """Critical role → what it lacks (three queries).

    Who holds a seat longest is its first holder, everybody after that a backup. A backup is certified who holds every certificate that
    the curricula ask for this seat, and of whom at least one is asked.
    """
    seats = holders(CRITICAL, moment).filter(line__isnull=True).order_by("valid_from", "pk")
    sitting: dict[str, dict[int, int]] = defaultdict(dict)
    for pk, role, user_id in seats.values_list("pk", "role", "user_id"):
        sitting[role].setdefault(user_id, pk)
    backups = {role: dict(list(people.items())[1:]) for role, people in sitting.items()}
    assignments = {pk: user_id for people in backups.values() for user_id, pk in people.items()}
    asked: dict[int, set[int]] = defaultdict(set)
    for pk, course_id in Requirement.objects.filter(
        enrolment__withdrawn_at__isnull=True, enrolment__assignment__in=assignments
    ).values_list("enrolment__assignment_id", "course_id"):
        asked[pk].add(course_id)
    held = set(
        Certificate.objects.valid(moment.at)
        .filter(user_id__in=assignments.values())
        .values_list("user_id", "course_id")
    )

    def is_certified(pk: int, user_id: int) -> bool:
        return bool(asked[pk]) and all((user_id, one) in held for one in asked[pk])

    lacking = {}
    for role in CRITICAL:
        if not sitting.get(role):
            lacking[role] = _("Nobody holds this role.")
        elif not backups[role]:
            lacking[role] = _("Only one person holds this role.")
        elif not any(is_certified(pk, user_id) for user_id, pk in backups[role].items()):
            lacking[role] = _("No backup holds the certificates that the role asks for.")
    return lacking


def _backed(codes: frozenset[str], lines: Lines, moment: Moment) -> list[Reading]:
    """Critical roles with a certified backup, of all critical roles."""
    good = len(CRITICAL) - len(_unbacked(moment))
    return [Reading(None, "roles.critical_backed", good, len(CRITICAL), records=len(CRITICAL))]


def _items(lines: Lines, moment: Moment, limit: int) -> list[EvidenceItem]:
    return [
        EvidenceItem(str(role.label), why, "/people/", "seat", role.value)
        for role, why in _unbacked(moment).items()
    ][:limit]


INDICATORS = (
    Indicator(
        "roles.critical_backed",
        _backed,
        _items,
        frozenset({"roles", "training"}),
        scope=Scope.PROGRAMME,
        fix="people",
    ),
)
