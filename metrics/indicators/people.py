"""People and staffing: leads and deputies of lines, the load of owners, the size of the hub."""

from collections import defaultdict

from django.db.models import Count, Sum
from django.utils.translation import gettext as _, ngettext

from coe.enums.roles import Role
from coe.models import BusinessLine, SocialAccount, User
from metrics.enums.maturity import ReadingState
from metrics.indicators.base import Combine, EvidenceItem, Indicator, Lines, Moment, Reading, of_lines
from metrics.indicators.seats import holders
from metrics.scoring import Scope

HUB_STAFF = (Role.HUB_LEAD, Role.HUB_MEMBER)
Seats = dict[int, dict[str, set[int]]]


def _seats(lines: Lines, moment: Moment) -> tuple[set[int], Seats]:
    """Lines with a live account, and who leads or deputises in each line itself (not in a line above it)."""
    busy = set(
        SocialAccount.objects.live()
        .filter(of_lines(lines))
        .order_by()
        .values_list("line_id", flat=True)
        .distinct()
    )
    seats: Seats = defaultdict(lambda: defaultdict(set))
    held = holders([Role.LINE_LEAD, Role.DEPUTY], moment).filter(of_lines(lines))
    for line_id, role, user_id in held.values_list("line_id", "role", "user_id"):
        seats[line_id][role].add(user_id)
    return busy, seats


def _led(seats: Seats, line_id: int) -> tuple[bool, bool]:
    """Whether a line has a lead, and whether it has a lead and a deputy who are different people."""
    leads, deputies = seats[line_id][Role.LINE_LEAD], seats[line_id][Role.DEPUTY]
    return bool(leads), bool(leads and deputies and len(leads | deputies) > 1)


def _leads(codes: frozenset[str], lines: Lines, moment: Moment) -> list[Reading]:
    """One point per line that runs a live account."""
    busy, seats = _seats(lines, moment)
    found = []
    for line_id in sorted(busy):
        has_lead, has_both = _led(seats, line_id)
        if "lines.has_lead" in codes:
            found.append(Reading(line_id, "lines.has_lead", int(has_lead), 1, records=1))
        if "lines.has_lead_and_deputy" in codes:
            found.append(Reading(line_id, "lines.has_lead_and_deputy", int(has_both), 1, records=1))
    return found


def _unled(lines: Lines, moment: Moment, limit: int, both: bool) -> list[EvidenceItem]:
    busy, seats = _seats(lines, moment)
    missing = [line_id for line_id in busy if not _led(seats, line_id)[both]]
    why = _("A lead and a deputy are not both named.") if both else _("No lead is named.")
    rows = BusinessLine.objects.filter(pk__in=missing).order_by("code_key")[:limit]
    return [
        EvidenceItem(line.name, why, f"{line.get_absolute_url()}#people", "line", line.code) for line in rows
    ]


def _without_lead(lines: Lines, moment: Moment, limit: int) -> list[EvidenceItem]:
    return _unled(lines, moment, limit, False)


def _without_deputy(lines: Lines, moment: Moment, limit: int) -> list[EvidenceItem]:
    return _unled(lines, moment, limit, True)


def _load(codes: frozenset[str], lines: Lines, moment: Moment) -> list[Reading]:
    """Live accounts of the busiest primary owner; the count of every owner goes along, so that ancestors can add them up."""
    rows = (
        SocialAccount.objects.live()
        .filter(of_lines(lines))
        .order_by()
        .values_list("line_id", "primary_owner_id")
    )
    by_line: dict[int, dict[str, int]] = defaultdict(dict)
    totals: dict[int, int] = defaultdict(int)
    for line_id, owner_id, count in rows.annotate(count=Count("pk")):
        totals[line_id] += count
        if owner_id is not None:
            by_line[line_id][str(owner_id)] = count
    return [
        Reading(
            line_id,
            "owners.max_accounts",
            max(owners.values()),
            None,
            records=total,
            detail={"owners": owners},
        )
        if (owners := by_line.get(line_id))
        else Reading(line_id, "owners.max_accounts", state=ReadingState.NO_DATA, records=total)
        for line_id, total in sorted(totals.items())
    ]


def _busiest(lines: Lines, moment: Moment, limit: int) -> list[EvidenceItem]:
    rows = (
        SocialAccount.objects.live()
        .filter(of_lines(lines), primary_owner__isnull=False)
        .order_by()
        .values_list("primary_owner_id")
        .annotate(count=Count("pk"))
        .order_by("-count", "primary_owner_id")[:limit]
    )
    counts = dict(rows)
    people = User.objects.in_bulk(counts)
    return [
        EvidenceItem(
            str(people[user_id]),
            ngettext("Owns %(count)d live account.", "Owns %(count)d live accounts.", count)
            % {"count": count},
            f"/people/{people[user_id].public_id}/",
            "person",
            str(people[user_id].public_id),
        )
        for user_id, count in counts.items()
    ]


def _staff(moment: Moment) -> tuple[int, int]:
    """People of the hub, and their time in hundredths of an FTE."""
    ids = holders(HUB_STAFF, moment).values("user_id")
    found = User.objects.filter(pk__in=ids).aggregate(people=Count("pk"), time=Sum("hub_fte_hundredths"))
    return found["people"], found["time"] or 0


def _hub(codes: frozenset[str], lines: Lines, moment: Moment) -> list[Reading]:
    """The hub's own staffing."""
    found = []
    if codes & {"hub.fte", "hub.accounts_per_fte"}:
        people, time = _staff(moment)
        if "hub.fte" in codes:
            state = ReadingState.OK if people else ReadingState.NO_DATA
            found.append(Reading(None, "hub.fte", time if people else None, 100, state, records=people))
        if "hub.accounts_per_fte" in codes:
            accounts = SocialAccount.objects.live().filter(of_lines(None)).count()
            if accounts and time:
                found.append(Reading(None, "hub.accounts_per_fte", accounts * 100, time, records=accounts))
            elif accounts:
                # Without any hub time the quotient does not exist; "not applicable" would let an empty hub off.
                found.append(
                    Reading(None, "hub.accounts_per_fte", state=ReadingState.NO_DATA, records=accounts)
                )
    if "hub.lead_named" in codes:
        leads = holders([Role.HUB_LEAD], moment).values("user_id").distinct().count()
        found.append(Reading(None, "hub.lead_named", leads, None, records=leads))
    return found


def _hub_time(lines: Lines, moment: Moment, limit: int) -> list[EvidenceItem]:
    """People of the hub whose time is not recorded, or the missing lead."""
    items = []
    if not holders([Role.HUB_LEAD], moment).exists():
        items.append(EvidenceItem(_("Hub lead"), _("Nobody holds this role."), "/people/", "seat"))
    ids = holders(HUB_STAFF, moment).values("user_id")
    for person in User.objects.filter(pk__in=ids, hub_fte_hundredths=0).order_by("name", "pk")[:limit]:
        why = _("No hub time is recorded.")
        items.append(
            EvidenceItem(str(person), why, f"/people/{person.public_id}/", "person", str(person.public_id))
        )
    return items[:limit]


_PEOPLE = frozenset({"roles", "accounts"})
INDICATORS = (
    Indicator("hub.fte", _hub, _hub_time, frozenset({"roles"}), scope=Scope.PROGRAMME, fix="people"),
    Indicator("hub.lead_named", _hub, _hub_time, frozenset({"roles"}), scope=Scope.PROGRAMME, fix="people"),
    Indicator("hub.accounts_per_fte", _hub, _hub_time, _PEOPLE, scope=Scope.PROGRAMME, fix="people"),
    Indicator("lines.has_lead", _leads, _without_lead, _PEOPLE, fix="lines"),
    Indicator("lines.has_lead_and_deputy", _leads, _without_deputy, _PEOPLE, fix="lines"),
    Indicator("owners.max_accounts", _load, _busiest, frozenset({"accounts"}), Combine.BUSIEST),
)
