"""The overall stage of many lines at once, for lists."""

from collections.abc import Collection

from django.utils.translation import gettext as _

from metrics.models import StageRow
from metrics.selectors.rubrics import current_rubric, rubric_of
from metrics.selectors.scorecards import StageCell, cell_of


def overall_stages(line_ids: Collection[int]) -> tuple[dict[int, StageCell], int]:
    """Each line's stage under the current rubric, and how many levels the rubric has (two queries; none without a rubric)."""
    rubric = current_rubric()
    if rubric is None or not line_ids:
        return {}, 0
    model = rubric_of(rubric)
    rows = StageRow.objects.open().filter(rubric=rubric, dimension="", line_id__in=line_ids)
    return {row.line_id: cell_of(row, model, name=_("Overall")) for row in rows}, len(model.levels)
