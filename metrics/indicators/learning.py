"""Training: who holds the certificate their role asks for, who was briefed lately, and in what state the courses are.

Four courses are known by the code under which they ship (`training/paths/`): the foundation, practitioner, crisis and executive
course. A company that teaches them under other codes renames its own; without such a course there is no data, never a pass.
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable

from django.db.models import Count, Max, Q, QuerySet, Sum
from django.utils.translation import gettext as _, ngettext

from coe.enums.roles import HUB_ROLES, Role
from coe.models import BusinessLine, RoleAssignment, User
from metrics.enums.maturity import ReadingState
from metrics.indicators.base import Combine, EvidenceItem, Indicator, Lines, Moment, Reading, of_lines
from metrics.indicators.seats import holders
from metrics.scoring import Scope
from training.models import Certificate, Completion, Course, CurriculumRole, Requirement, Seat

FOUNDATION, PRACTITIONER, CRISIS, EXECUTIVE = "fnd", "pra", "cri", "exe"
YEAR_DAYS = 365
Pairs = set[tuple[int, int]]
_FACTS = frozenset({"training", "roles"})


def _course(code_key: str) -> int | None:
    """The published course of a code; None where nobody can take it."""
    found = Course.objects.offered().filter(code_key=code_key, versions__state="published")
    return found.values_list("pk", flat=True).first()


def _sitting(roles: Iterable[Role], lines: Lines, moment: Moment) -> QuerySet[RoleAssignment]:
    return holders(roles, moment).filter(of_lines(lines))


def _pairs(seats: QuerySet[RoleAssignment]) -> Pairs:
    """(line, person), each once however many roles."""
    return set(seats.values_list("line_id", "user_id"))


def _certified(course_id: int, moment: Moment) -> QuerySet[Certificate]:
    return Certificate.objects.valid(moment.at).filter(course_id=course_id)


# --- account managers


class _Managers:
    """Account managers of lines, the courses their role asks of each, and the certificates they hold (four queries)."""

    def __init__(self, lines: Lines, moment: Moment) -> None:
        seats = _sitting([Role.ACCOUNT_MANAGER], lines, moment)
        self.at = moment.at
        self.pairs = _pairs(seats)
        people = seats.values("user_id")
        self.asked: dict[tuple[int, int], set[int]] = defaultdict(set)
        asked = Requirement.objects.filter(
            enrolment__withdrawn_at__isnull=True, enrolment__assignment__in=seats.values("pk")
        )
        for line_id, user_id, course_id in asked.values_list(
            "enrolment__assignment__line_id", "user_id", "course_id"
        ):
            self.asked[line_id, user_id].add(course_id)
        held = Certificate.objects.valid(moment.at).filter(user_id__in=people)
        self.held = set(held.values_list("user_id", "course_id"))
        ended = (
            Certificate.objects.filter(user_id__in=people, revoked_at__isnull=True, expires_at__lte=moment.at)
            .order_by()
            .values_list("user_id", "course_id")
            .annotate(end=Max("expires_at"))
        )
        self.ended = {(user_id, course_id): end for user_id, course_id, end in ended}

    def lacks(self, line_id: int, user_id: int) -> set[int]:
        """Courses asked of a person on a line without a valid certificate."""
        return {one for one in self.asked[line_id, user_id] if (user_id, one) not in self.held}

    def lapsed_days(self, line_id: int, user_id: int) -> int:
        """Whole days since the certificate that lapsed first ended; 0 when none did."""
        ends = [
            self.ended[user_id, one] for one in self.lacks(line_id, user_id) if (user_id, one) in self.ended
        ]
        return (self.at - min(ends)).days if ends else 0


def _by_line(pairs: Pairs) -> dict[int, list[int]]:
    found: dict[int, list[int]] = defaultdict(list)
    for line_id, user_id in sorted(pairs):
        found[line_id].append(user_id)
    return found


def _managers(codes: frozenset[str], lines: Lines, moment: Moment) -> list[Reading]:
    """What the account managers of each line hold."""
    told = _Managers(lines, moment)
    foundation = _course(FOUNDATION) if "people.foundation_valid" in codes else None
    found = []
    for line_id, people in _by_line(told.pairs).items():
        size = len(people)
        if "people.foundation_valid" in codes:
            good = sum(1 for user_id in people if (user_id, foundation) in told.held)
            found.append(
                _share(line_id, "people.foundation_valid", good, size, is_known=foundation is not None)
            )
        asked = [user_id for user_id in people if told.asked[line_id, user_id]]
        if "people.role_certificate_valid" in codes:
            good = sum(1 for user_id in asked if not told.lacks(line_id, user_id))
            found.append(
                _share(
                    line_id, "people.role_certificate_valid", good, len(asked) or size, is_known=bool(asked)
                )
            )
        if "people.certificate_lapsed_days" in codes:
            days = max((told.lapsed_days(line_id, user_id) for user_id in people), default=0)
            found.append(Reading(line_id, "people.certificate_lapsed_days", days, None, records=size))
    return found


def _share(
    line_id: int, code: str, good: int, size: int, *, is_known: bool, latest: dt.date | None = None
) -> Reading:
    if not is_known:
        return Reading(line_id, code, None, size, ReadingState.NO_DATA, records=size)
    return Reading(line_id, code, good, size, evidence_on=latest, records=size)


def _person_items(pairs: Iterable[tuple[int, str]]) -> list[EvidenceItem]:
    """(person, what is wrong), as records with the page of their training."""
    told = list(pairs)
    people = User.objects.in_bulk([user_id for user_id, _why in told])
    return [
        EvidenceItem(
            str(people[user_id]), why, f"/training/people/{people[user_id].public_id}/", "person",
            str(people[user_id].public_id),
        )
        for user_id, why in told
    ]  # fmt: skip


def _without_foundation(lines: Lines, moment: Moment, limit: int) -> list[EvidenceItem]:
    seats = _sitting([Role.ACCOUNT_MANAGER], lines, moment)
    course_id = _course(FOUNDATION)
    missing = (
        seats
        if course_id is None
        else seats.exclude(user_id__in=_certified(course_id, moment).values("user_id"))
    )
    ids = missing.order_by("user_id").values_list("user_id", flat=True).distinct()[:limit]
    return _person_items((user_id, _("No valid foundation certificate.")) for user_id in ids)


def _without_role_certificate(lines: Lines, moment: Moment, limit: int) -> list[EvidenceItem]:
    told = _Managers(lines, moment)
    courses = dict(Course.objects.values_list("pk", "code"))
    lacking: dict[int, set[int]] = defaultdict(set)
    for line_id, user_id in told.pairs:
        lacking[user_id] |= told.lacks(line_id, user_id)
    return _person_items(
        (user_id, _("Lacks %(courses)s.") % {"courses": ", ".join(sorted(courses[one] for one in missing))})
        for user_id, missing in [
            (user_id, missing) for user_id, missing in sorted(lacking.items()) if missing
        ][:limit]
    )


def _longest_lapsed(lines: Lines, moment: Moment, limit: int) -> list[EvidenceItem]:
    told = _Managers(lines, moment)
    days: dict[int, int] = defaultdict(int)
    for line_id, user_id in told.pairs:
        days[user_id] = max(days[user_id], told.lapsed_days(line_id, user_id))
    worst = sorted(
        ((count, user_id) for user_id, count in days.items() if count), key=lambda pair: (-pair[0], pair[1])
    )
    return _person_items(
        (
            user_id,
            ngettext("Expired %(count)d day ago.", "Expired %(count)d days ago.", count) % {"count": count},
        )
        for count, user_id in worst[:limit]
    )


# --- briefed within a year


def _leads_and(seat: Role, *, with_leads: bool, lines: Lines, moment: Moment) -> Pairs:
    """Who holds a seat of the whole company and works on a line, with that line's leads where asked.

    A seat belongs to no line; it counts on the lines on which its holder has a role.
    """
    seated = holders([seat], moment).filter(line__isnull=True).values("user_id")
    on_lines = (
        RoleAssignment.objects.current(moment.at).filter(of_lines(lines), user_id__in=seated).order_by()
    )
    pairs = _pairs(on_lines.filter(user__in=holders([seat], moment).values("user_id")))
    return pairs | _pairs(_sitting([Role.LINE_LEAD], lines, moment)) if with_leads else pairs


def _briefed(course_id: int | None, moment: Moment) -> dict[int, dt.date]:
    """People who completed a course within a year, with the latest day."""
    since = moment.at - dt.timedelta(days=YEAR_DAYS)
    done = (
        Completion.objects.standing()
        .filter(course_id=course_id, achieved_at__gt=since, achieved_at__lte=moment.at)
        .order_by()
        .values_list("user_id")
        .annotate(latest=Max("achieved_at"))
    )
    return {user_id: latest.date() for user_id, latest in done} if course_id else {}


_BRIEFINGS = {
    "people.crisis_module_12m": (Role.ESCALATION_APPROVER, True, CRISIS),
    "lines.executives_briefed": (Role.EXECUTIVE_SPONSOR, False, EXECUTIVE),
}


def _briefings(codes: frozenset[str], lines: Lines, moment: Moment) -> list[Reading]:
    """Leads and approvers with the crisis module, executives with the briefing, within a year."""
    found = []
    for code, (seat, with_leads, course_key) in _BRIEFINGS.items():
        if code not in codes:
            continue
        course_id = _course(course_key)
        done = _briefed(course_id, moment)
        pairs = _leads_and(seat, with_leads=with_leads, lines=lines, moment=moment)
        for line_id, people in _by_line(pairs).items():
            days = [done[user_id] for user_id in people if user_id in done]
            latest = max(days, default=None)
            found.append(
                _share(line_id, code, len(days), len(people), is_known=course_id is not None, latest=latest)
            )
    return found


def _not_briefed(code: str, lines: Lines, moment: Moment, limit: int) -> list[EvidenceItem]:
    seat, with_leads, course_key = _BRIEFINGS[code]
    done = _briefed(_course(course_key), moment)
    pairs = _leads_and(seat, with_leads=with_leads, lines=lines, moment=moment)
    missing = sorted({user_id for _line, user_id in pairs if user_id not in done})[:limit]
    why = _("Has not taken %(course)s within a year.") % {"course": course_key.upper()}
    return _person_items((user_id, why) for user_id in missing)


def _without_crisis_module(lines: Lines, moment: Moment, limit: int) -> list[EvidenceItem]:
    return _not_briefed("people.crisis_module_12m", lines, moment, limit)


def _without_briefing(lines: Lines, moment: Moment, limit: int) -> list[EvidenceItem]:
    return _not_briefed("lines.executives_briefed", lines, moment, limit)


# --- practitioners


def _practised(lines: Lines, moment: Moment, course_id: int) -> set[int]:
    """Lines on which somebody outside of the hub holds a valid practitioner certificate."""
    hub = holders([*HUB_ROLES], moment).values("user_id")
    able = (
        RoleAssignment.objects.current(moment.at)
        .filter(
            of_lines(lines), user__is_active=True, user_id__in=_certified(course_id, moment).values("user_id")
        )
        .exclude(user_id__in=hub)
    )
    return set(able.order_by().values_list("line_id", flat=True))


def _spokes(lines: Lines) -> QuerySet[BusinessLine]:
    return (
        BusinessLine.objects.spokes() if lines is None else BusinessLine.objects.spokes().filter(pk__in=lines)
    )


def _practitioners(codes: frozenset[str], lines: Lines, moment: Moment) -> list[Reading]:
    """One point for each line of business."""
    course_id = _course(PRACTITIONER)
    able = _practised(lines, moment, course_id) if course_id else set()
    return [
        _share(line_id, "lines.has_practitioner", int(line_id in able), 1, is_known=course_id is not None)
        for line_id in _spokes(lines).order_by("pk").values_list("pk", flat=True)
    ]


def _without_practitioner(lines: Lines, moment: Moment, limit: int) -> list[EvidenceItem]:
    course_id = _course(PRACTITIONER)
    able = _practised(lines, moment, course_id) if course_id else set()
    why = _("Nobody outside of the hub holds a practitioner certificate.")
    return [
        EvidenceItem(line.name, why, f"{line.get_absolute_url()}#people", "line", line.code)
        for line in _spokes(lines).exclude(pk__in=able).order_by("code_key")[:limit]
    ]


# --- the courses themselves


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
    Indicator("people.foundation_valid", _managers, _without_foundation, _FACTS, fix="training"),
    Indicator("people.role_certificate_valid", _managers, _without_role_certificate, _FACTS, fix="training"),
    Indicator(
        "people.certificate_lapsed_days", _managers, _longest_lapsed, _FACTS, Combine.MAX, fix="training"
    ),
    Indicator("people.crisis_module_12m", _briefings, _without_crisis_module, _FACTS, fix="training"),
    Indicator("lines.executives_briefed", _briefings, _without_briefing, _FACTS, fix="training"),
    Indicator("lines.has_practitioner", _practitioners, _without_practitioner, _FACTS, fix="training"),
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
