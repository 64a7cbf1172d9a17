"""Coverage of policies: of the people who were asked, how many answered, by line, role and policy, down to the people."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Case, Count, F, Q, QuerySet, When

from coe.enums.roles import Permission
from coe.models import BusinessLine, LineClosure
from coe.rules.principals import Principal
from coe.rules.scope import allowed_lines, lines_in_scope, scoped
from governance.enums.policies import Answer
from governance.models import AcknowledgementCampaign, Policy, PolicyDue, PolicyVersion


@dataclass(frozen=True)
class Cell:
    """People asked, of them those who accepted, declined, and are late."""

    people: int
    accepted: int
    declined: int
    overdue: int

    def __add__(self, other: "Cell") -> "Cell":
        return Cell(
            self.people + other.people,
            self.accepted + other.accepted,
            self.declined + other.declined,
            self.overdue + other.overdue,
        )

    @property
    def share(self) -> float:
        """How many accepted, 0 to 1."""
        return self.accepted / self.people


def asked_now() -> QuerySet[PolicyDue]:
    """Everybody who is asked for a version in force, in the ordinary way; a round has figures of its own."""
    versions = PolicyVersion.objects.in_force().filter(policy__archived_at__isnull=True)
    return PolicyDue.objects.filter(
        until_at__isnull=True, campaign__isnull=True, version__in=versions.values("pk")
    )


def _sums(at: datetime) -> dict[str, Any]:
    return {
        "people": Count("pk"),
        "accepted": Count("pk", filter=Q(answer=Answer.ACCEPTED)),
        "declined": Count("pk", filter=Q(answer=Answer.DECLINED)),
        "overdue": Count("pk", filter=Q(answer="", due_at__lte=at)),
    }


def _cell(row: dict[str, Any]) -> Cell:
    return Cell(row["people"], row["accepted"], row["declined"], row["overdue"])


def covered_policies() -> QuerySet[Policy]:
    """Policies that people acknowledge now."""
    in_force = PolicyVersion.objects.in_force().values("policy_id")
    return Policy.objects.kept().filter(is_acknowledged=True, pk__in=in_force).order_by("code")


def coverage_by_line(
    principal: Principal, *, at: datetime, lines: Iterable[int] | None = None
) -> dict[tuple[int | None, int], Cell]:
    """(line with all below it, policy) → cell, for lines in scope; None is the whole company, for those who see all of it (two queries)."""
    shown = lines_in_scope(principal)
    if lines is not None:
        shown = shown.filter(pk__in=list(lines))
    above: dict[int | None, list[int | None]] = defaultdict(list)
    links = LineClosure.objects.filter(ancestor__in=shown)
    for descendant, ancestor in links.values_list("descendant_id", "ancestor_id"):
        above[descendant].append(ancestor)
    everywhere: list[int | None] = [None] if principal.sees_all else []
    cells: dict[tuple[int | None, int], Cell] = {}
    # Rows are counted once, on their own line; the lines above add counts. A join to the lines above would count each row at every level.
    own = scoped(asked_now(), principal).values("line_id", "policy_id").annotate(**_sums(at)).order_by()
    for row in own:
        cell = _cell(row)
        for place in everywhere + above[row["line_id"]]:
            key = (place, row["policy_id"])
            cells[key] = cells[key] + cell if key in cells else cell
    return cells


def coverage_by_role(principal: Principal, *, at: datetime) -> dict[tuple[str, int], Cell]:
    """(role, policy) → cell, of the people on the caller's lines (one query)."""
    rows = scoped(asked_now(), principal).values("role", "policy_id").annotate(**_sums(at)).order_by()
    return {(row["role"], row["policy_id"]): _cell(row) for row in rows}


def may_see_answers(principal: Principal, lines: Iterable[int]) -> set[int | None]:
    """The lines behind whose cells the caller sees who it is: all of them and the company (None) for the hub, else where they record
    answers."""
    asked: set[int | None] = set(lines)
    if principal.sees_all:
        return asked | {None}
    led = allowed_lines(principal, Permission.RECORD_ACKNOWLEDGEMENT).filter(pk__in=asked)
    return set(led.values_list("pk", flat=True))


def people_asked(
    policy: Policy, *, principal: Principal, line: BusinessLine | None = None, role: str = ""
) -> QuerySet[PolicyDue]:
    """The people of a cell: who is late first, then who has not answered, then who declined."""
    rows = scoped(asked_now(), principal).filter(policy=policy)
    if line is not None:
        rows = rows.filter(line__ancestor_links__ancestor=line)
    if role:
        rows = rows.filter(role=role)
    return rows.select_related("person", "line", "settled_by").order_by(
        Case(When(answer="", then=0), When(answer=Answer.DECLINED, then=1), default=2),
        "due_at",
        "person__name",
        "id",
    )


@dataclass(frozen=True)
class Progress:
    """How far a round has come: what was asked (a person and a policy each), and what of it was answered."""

    total: int
    answered: int

    @property
    def share(self) -> float:
        """0 to 1."""
        return self.answered / self.total if self.total else 0.0


_ROUND = {
    "total": Count("pk", distinct=True),
    "answered": Count("pk", distinct=True, filter=~Q(answer="")),
}


def _asked_in(campaign: AcknowledgementCampaign) -> QuerySet[PolicyDue]:
    """What a round asked and still counts: open rows, and answered ones that a newer version ended."""
    return PolicyDue.objects.filter(Q(until_at__isnull=True) | ~Q(answer=""), campaign=campaign)


def campaign_progress(campaign: AcknowledgementCampaign, *, principal: Principal) -> Progress:
    """How far a round has come on the caller's lines (one query)."""
    found = scoped(_asked_in(campaign), principal).aggregate(**_ROUND)
    return Progress(found["total"], found["answered"])


def campaign_by_line(
    campaign: AcknowledgementCampaign, *, principal: Principal, lines: Iterable[int]
) -> dict[int, Progress]:
    """Line with all below it → how far it has come (one query)."""
    rows = (
        scoped(_asked_in(campaign), principal)
        .filter(line__ancestor_links__ancestor__in=list(lines))
        .values(above=F("line__ancestor_links__ancestor_id"))
        .annotate(**_ROUND)
        .order_by()
    )
    return {row["above"]: Progress(row["total"], row["answered"]) for row in rows}


def campaigns_visible_to(principal: Principal) -> QuerySet[AcknowledgementCampaign]:
    """Rounds that reach the caller's lines: those of the whole company, of a line in scope, and of a line above one."""
    rows = AcknowledgementCampaign.objects.select_related("line")
    if principal.sees_all:
        return rows
    above = BusinessLine.objects.filter(descendant_links__descendant__in=lines_in_scope(principal))
    return rows.filter(
        Q(line__isnull=True)
        | Q(line__in=above.values("pk"))
        | Q(line__in=lines_in_scope(principal).values("pk"))
    )
