"""Reads rubric versions; a compiled rubric is kept per process, because a version's document never changes under its digest."""

from collections.abc import Collection

from metrics.models import RubricVersion
from metrics.scoring import CompiledRubric, Rubric, compile_rubric, load_rubric
from metrics.selectors.words import read

_COMPILED: dict[str, CompiledRubric] = {}
_KEEP = 16


def current_rubric() -> RubricVersion | None:
    """The version that scores are computed by, or None on a hub that has loaded none.

    Its document, the bulk of the row, is read when somebody asks for it: once a process for scoring.
    """
    return RubricVersion.objects.defer("document").filter(is_current=True).first()


def compiled_of(row: RubricVersion) -> CompiledRubric:
    """The version made ready for scoring.

    :raises RubricInvalid: the stored document cannot be scored (drafts only; publishing checks it).
    """
    found = _COMPILED.get(row.sha256)
    if found is None:
        while len(_COMPILED) >= _KEEP:
            _COMPILED.pop(next(iter(_COMPILED)))
        found = _COMPILED[row.sha256] = compile_rubric(load_rubric(row.document))
    return found


def rubric_of(row: RubricVersion) -> Rubric:
    """The version as the scoring reads it."""
    return compiled_of(row).rubric


def waivable_codes(codes: Collection[str]) -> dict[str, str]:
    """Those of the codes that are criteria of the published rubric, with their titles in the reader's language."""
    current = current_rubric()
    known = rubric_of(current).criteria if current is not None and codes else ()
    return {one.code: read(one.statement) for one in known if one.code in codes}
