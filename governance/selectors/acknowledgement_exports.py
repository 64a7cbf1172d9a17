"""What exports of acknowledgements hold, within the reader's scope."""

from collections.abc import Iterator
from typing import Any

from django.utils import timezone

from coe.enums.roles import Permission
from coe.models import BusinessLine
from coe.rules.principals import Principal
from coe.rules.scope import allowed_lines
from governance.selectors.acknowledgements import acknowledgements_visible_to
from governance.selectors.policy_coverage import coverage_by_line, covered_policies

Rows = tuple[tuple[str, ...], Iterator[tuple[Any, ...]]]
COVERAGE_COLUMNS = ("line", "line_name", "policy", "people", "accepted", "declined", "overdue")
ANSWER_COLUMNS = (
    "email", "name_at_the_time", "policy", "version", "answer", "at", "language", "sha256", "recorded_by", "reason", "note",
    "withdrawn_at",
)  # fmt: skip
_CHUNK = 2000


def export_policy_coverage(principal: Principal, line: BusinessLine | None = None) -> Rows:
    """One row a line and policy, of lines the caller may export."""
    lines = allowed_lines(principal, Permission.EXPORT).active()
    lines = lines.below(line) if line is not None else lines
    known = {one.pk: one for one in lines.order_by("code_key")}
    policies = list(covered_policies())
    cells = coverage_by_line(principal, at=timezone.now(), lines=known)

    def rows() -> Iterator[tuple[Any, ...]]:
        for line_id, one in known.items():
            for policy in policies:
                cell = cells.get((line_id, policy.pk))
                if cell is not None:
                    yield (
                        one.code, one.name, policy.code, cell.people, cell.accepted, cell.declined, cell.overdue,
                    )  # fmt: skip

    return COVERAGE_COLUMNS, rows()


def export_acknowledgements(principal: Principal, line: BusinessLine | None = None) -> Rows:
    """Every answer, oldest first, taken back or not; `line` narrows to people with a role on it or below."""
    found = acknowledgements_visible_to(principal, timezone.now())
    if line is not None:
        found = found.filter(person__role_assignments__line__ancestor_links__ancestor=line).distinct()
    told = found.order_by("at", "id").values_list(
        "person__email", "person_name", "version__policy__code", "version__major", "version__minor", "answer", "at", "language",
        "sha256", "recorded_by__email", "reason", "note", "withdrawn_at",
    )  # fmt: skip

    def rows() -> Iterator[tuple[Any, ...]]:
        for email, name, code, major, minor, *rest in told.iterator(chunk_size=_CHUNK):
            yield (email, name, code, f"{major}.{minor}", *rest)

    return ANSWER_COLUMNS, rows()
