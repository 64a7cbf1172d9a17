"""The judged state as one number, equal on every database and for every way of getting there."""

import hashlib
from collections.abc import Iterator

from metrics.models import StageRow, VerdictRow


def _lines(rubric_id: int) -> Iterator[str]:
    verdicts = VerdictRow.objects.open().filter(rubric_id=rubric_id).order_by()
    columns = ("line__code_key", "criterion", "verdict", "reason", "numerator", "denominator", "evidence_on")
    for row in verdicts.values_list(*columns).iterator(chunk_size=5000):
        yield "V|" + "|".join("" if value is None else str(value) for value in row)
    stages = StageRow.objects.open().filter(rubric_id=rubric_id).order_by()
    columns = (
        "line__code_key",
        "dimension",
        "standing",
        "level_index",
        "score_tenths",
        "met",
        "applicable",
        "waived",
    )
    for row in stages.values_list(*columns).iterator(chunk_size=5000):
        yield "S|" + "|".join("" if value is None else str(value) for value in row)


def state_digest(rubric_id: int) -> str:
    """The sha256 of every open verdict and stage, by line code; sorted in Python, for databases collate differently."""
    digest = hashlib.sha256()
    for line in sorted(_lines(rubric_id)):
        digest.update(line.encode())
        digest.update(b"\n")
    return digest.hexdigest()
