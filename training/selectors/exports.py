"""What exports of training hold, within the reader's scope."""

from collections.abc import Iterator
from typing import Any

from django.utils import timezone

from coe.enums.roles import Permission
from coe.models import BusinessLine
from coe.rules.principals import Principal
from coe.rules.scope import allowed_lines
from training.models import Curriculum
from training.selectors.certificates import completions_visible_to
from training.selectors.coverage import coverage

Rows = tuple[tuple[str, ...], Iterator[tuple[Any, ...]]]
COMPLETION_COLUMNS = (
    "email",
    "course",
    "completed_at",
    "score",
    "evidence",
    "version",
    "source",
    "expires_at",
)
COVERAGE_COLUMNS = ("line", "line_name", "curriculum", "people", "complete", "overdue")
_CHUNK = 2000


def export_completions(principal: Principal, line: BusinessLine | None = None) -> Rows:
    """Standing completions, oldest first; what its import reads stands first. `line` narrows to people with a role on it or below."""
    found = completions_visible_to(principal, timezone.now()).standing()
    if line is not None:
        found = found.filter(user__role_assignments__line__ancestor_links__ancestor=line).distinct()
    # Values, not records: a hundred thousand rows are told several times as fast.
    told = found.order_by("achieved_at", "id").values_list(
        "user__email", "course__code", "achieved_at", "score", "evidence", "version__number", "source",
        "certificate__expires_at",
    )  # fmt: skip

    def rows() -> Iterator[tuple[Any, ...]]:
        for email, course, achieved_at, score, *rest in told.iterator(chunk_size=_CHUNK):
            percent = None if score is None else f"{score // 100}.{score % 100:02d}"
            yield (email, course, achieved_at, percent, *rest)

    return COMPLETION_COLUMNS, rows()


def export_coverage(principal: Principal, line: BusinessLine | None = None) -> Rows:
    """The coverage matrix, one row a line and curriculum, of lines the caller may export."""
    lines = allowed_lines(principal, Permission.EXPORT).active()
    lines = lines.below(line) if line is not None else lines
    known = {one.pk: one for one in lines.order_by("code_key")}
    curricula = {one.pk: one for one in Curriculum.objects.live().order_by("code_key")}
    cells = coverage(principal, at=timezone.now(), lines=known)

    def rows() -> Iterator[tuple[Any, ...]]:
        for line_id, one in known.items():
            for curriculum_id, curriculum in curricula.items():
                cell = cells.get((line_id, curriculum_id))
                if cell is not None:
                    yield (one.code, one.name, curriculum.code, cell.people, cell.complete, cell.overdue)

    return COVERAGE_COLUMNS, rows()
