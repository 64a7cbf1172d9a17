"""Training: who holds the certificate their role asks for, and who was briefed lately.

Four courses are known by the code under which they ship (`training/paths/`): the foundation, practitioner, crisis and executive
course. A company that teaches them under other codes renames its own; without such a course there is no data, never a pass.
"""

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Iterable

from django.db.models import Max, QuerySet
from django.utils.translation import gettext as _, ngettext

from coe.enums.roles import HUB_ROLES, Role
from coe.models import BusinessLine, RoleAssignment, User
from metrics.enums.maturity import ReadingState
from metrics.indicators.base import Combine, EvidenceItem, Indicator, Lines, Moment, Reading, of_lines
from metrics.indicators.seats import holders
from training.models import Certificate, Completion, Course, Requirement

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
        # Revoked is ended, too: taking a certificate away must not shorten how long it is missed. A voided completion never was.
        ended = (
            Certificate.objects.filter(user_id__in=people, completion__voided_at__isnull=True)
            .ended(moment.at)
            .order_by()
            .values_list("user_id", "course_id")
            .annotate(end=Max("ended_at"))
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


def _person_items(rows: Iterable[tuple[int, int, str]]) -> list[EvidenceItem]:
    """(line, person, what is wrong), as records with the page of their training.

    A person counts once on each line, and so does their record; where they stand twice, each says on which line.
    """
    told = list(rows)
    people = User.objects.in_bulk({user_id for _line, user_id, _why in told})
    often = {
        user_id for user_id, count in Counter(user_id for _line, user_id, _why in told).items() if count > 1
    }
    lines = BusinessLine.objects.in_bulk({line_id for line_id, user_id, _why in told if user_id in often})
    return [
        EvidenceItem(
            str(people[user_id]), f"{why} ({lines[line_id].name})" if user_id in often else why,
            f"/training/people/{people[user_id].public_id}/", "person", str(people[user_id].public_id),
        )
        for line_id, user_id, why in told
    ]  # fmt: skip


def _by_person(pairs: Pairs) -> list[tuple[int, int]]:
    return sorted(pairs, key=lambda pair: (pair[1], pair[0]))


def _without_foundation(lines: Lines, moment: Moment, limit: int) -> list[EvidenceItem]:
    seats = _sitting([Role.ACCOUNT_MANAGER], lines, moment)
    course_id = _course(FOUNDATION)
    missing = (
        seats
        if course_id is None
        else seats.exclude(user_id__in=_certified(course_id, moment).values("user_id"))
    )
    pairs = missing.order_by("user_id", "line_id").values_list("line_id", "user_id").distinct()[:limit]
    return _person_items((*pair, _("No valid foundation certificate.")) for pair in pairs)


def _without_role_certificate(lines: Lines, moment: Moment, limit: int) -> list[EvidenceItem]:
    told = _Managers(lines, moment)
    lacking = [(pair, missing) for pair in _by_person(told.pairs) if (missing := told.lacks(*pair))][:limit]
    courses = dict(Course.objects.values_list("pk", "code"))
    return _person_items(
        (*pair, _("Lacks %(courses)s.") % {"courses": ", ".join(sorted(courses[one] for one in missing))})
        for pair, missing in lacking
    )


def _longest_lapsed(lines: Lines, moment: Moment, limit: int) -> list[EvidenceItem]:
    told = _Managers(lines, moment)
    days = [(told.lapsed_days(*pair), pair) for pair in _by_person(told.pairs)]
    worst = sorted(((count, pair) for count, pair in days if count), key=lambda one: -one[0])[:limit]
    return _person_items(
        (
            *pair,
            ngettext(
                "No valid certificate for %(count)d day.", "No valid certificate for %(count)d days.", count
            )
            % {"count": count},
        )
        for count, pair in worst
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
    missing = [pair for pair in _by_person(pairs) if pair[1] not in done][:limit]
    why = _("Has not taken %(course)s within a year.") % {"course": course_key.upper()}
    return _person_items((*pair, why) for pair in missing)


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


INDICATORS = (
    Indicator("people.foundation_valid", _managers, _without_foundation, _FACTS, fix="training"),
    Indicator("people.role_certificate_valid", _managers, _without_role_certificate, _FACTS, fix="training"),
    Indicator(
        "people.certificate_lapsed_days", _managers, _longest_lapsed, _FACTS, Combine.MAX, fix="training"
    ),
    Indicator("people.crisis_module_12m", _briefings, _without_crisis_module, _FACTS, fix="training"),
    Indicator("lines.executives_briefed", _briefings, _without_briefing, _FACTS, fix="training"),
    Indicator("lines.has_practitioner", _practitioners, _without_practitioner, _FACTS, fix="training"),
)
