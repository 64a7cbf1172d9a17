"""The courses themselves: which roles have a curriculum, what is due for review, how sessions were rated."""

import datetime as dt
from collections.abc import Iterable

from django.db.models import Count, Max, Q, QuerySet, Sum
from django.utils.translation import gettext as _, ngettext

from coe.enums.roles import Role
from metrics.enums.maturity import ReadingState
from metrics.indicators.base import EvidenceItem, Indicator, Lines, Moment, Reading
from metrics.indicators.learning import YEAR_DAYS
from metrics.scoring import Scope
from training.models import Course, CurriculumRole, Seat


def _stale(moment: Moment) -> QuerySet[Course]:
    """Courses on offer whose content was not looked at for a year, or never."""
    return Course.objects.offered().filter(
        Q(reviewed_on__isnull=True) | Q(reviewed_on__lt=moment.ago(YEAR_DAYS)), versions__state="published"
    )


def _rated(moment: Moment) -> QuerySet[Seat]:
    since = moment.at - dt.timedelta(days=YEAR_DAYS)
    return Seat.objects.filter(
        rating__isnull=False, session__ends_at__gt=since, session__ends_at__lte=moment.at
    )


def _catalogue(codes: frozenset[str], lines: Lines, moment: Moment) -> list[Reading]:
    """Roles with a curriculum, courses due for review, ratings of sessions."""
    found = []
    if "curricula.roles_mapped" in codes:
        mapped = CurriculumRole.objects.filter(
            curriculum__archived_at__isnull=True, curriculum__items__isnull=False
        )
        count = mapped.order_by().values("role").distinct().count()
        found.append(Reading(None, "curricula.roles_mapped", count, None, records=count))
    if "courses.review_overdue" in codes:
        size = Course.objects.offered().filter(versions__state="published").count()
        if size:
            found.append(Reading(None, "courses.review_overdue", _stale(moment).count(), None, records=size))
        else:
            found.append(Reading(None, "courses.review_overdue", state=ReadingState.NO_DATA))
    if codes & {"courses.average_rating", "courses.ratings"}:
        told = _rated(moment).aggregate(
            total=Sum("rating"), count=Count("pk"), latest=Max("session__ends_at")
        )
        latest = told["latest"].date() if told["latest"] else None
        count = told["count"]
        if "courses.average_rating" in codes:
            state = ReadingState.OK if count else ReadingState.NO_DATA
            found.append(
                Reading(
                    None, "courses.average_rating", told["total"], count or None, state, latest, records=count
                )
            )
        if "courses.ratings" in codes:
            found.append(Reading(None, "courses.ratings", count, None, evidence_on=latest, records=count))
    return found


def _course_items(rows: Iterable[Course], why: str) -> list[EvidenceItem]:
    return [EvidenceItem(str(one), why, one.get_absolute_url(), "course", one.code) for one in rows]


def _stale_courses(lines: Lines, moment: Moment, limit: int) -> list[EvidenceItem]:
    return _course_items(_stale(moment).order_by("code_key")[:limit], _("Not reviewed within a year."))


def _low_courses(lines: Lines, moment: Moment, limit: int) -> list[EvidenceItem]:
    """Courses rated below four, the lowest first."""
    rows = (
        _rated(moment)
        .order_by()
        .values("session__course_id")
        .annotate(total=Sum("rating"), count=Count("pk"))
        .order_by("session__course_id")
    )
    low = {
        row["session__course_id"]: (row["total"] / row["count"], row["count"])
        for row in rows
        if row["total"] < 4 * row["count"]
    }
    courses = Course.objects.in_bulk(low)
    ordered = sorted(low.items(), key=lambda item: (item[1][0], item[0]))[:limit]
    return [
        EvidenceItem(
            str(courses[pk]),
            ngettext("Rated %(mean).1f by %(count)d person.", "Rated %(mean).1f by %(count)d people.", count)
            % {"mean": mean, "count": count},
            courses[pk].get_absolute_url(),
            "course",
            courses[pk].code,
        )
        for pk, (mean, count) in ordered
    ]


def _unmapped_roles(lines: Lines, moment: Moment, limit: int) -> list[EvidenceItem]:
    mapped = set(
        CurriculumRole.objects.filter(
            curriculum__archived_at__isnull=True, curriculum__items__isnull=False
        ).values_list("role", flat=True)
    )
    return [
        EvidenceItem(
            str(role.label), _("No curriculum names this role."), "/training/curricula/", "role", role.value
        )
        for role in Role
        if role not in mapped
    ][:limit]


_TRAINING = frozenset({"training"})
INDICATORS = (
    Indicator(
        "curricula.roles_mapped", _catalogue, _unmapped_roles, _TRAINING, scope=Scope.PROGRAMME, fix="courses"
    ),
    Indicator(
        "courses.review_overdue", _catalogue, _stale_courses, _TRAINING, scope=Scope.PROGRAMME, fix="courses"
    ),
    Indicator(
        "courses.average_rating", _catalogue, _low_courses, _TRAINING, scope=Scope.PROGRAMME, fix="courses"
    ),
    Indicator("courses.ratings", _catalogue, _low_courses, _TRAINING, scope=Scope.PROGRAMME, fix="courses"),
)
