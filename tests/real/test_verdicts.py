"""What each real file is judged to be, as a digest that SQLite and PostgreSQL must both reach, and a second full run too.

After a wanted change of rubric or indicators: `RENEW_VERDICTS=1 ./run test tests/real/test_verdicts.py -n0` writes
`verdicts.json` anew; the diff of its counts is what the change means.
"""

import json
import os
from collections import Counter
from pathlib import Path

import pytest

from coe.models import BusinessLine
from coe.rules.principals import Actor, Principal
from coe.services.import_runs import apply_import, stage_import
from coe.services.platforms import ensure_platforms
from metrics.enums.maturity import RunState
from metrics.models import StageRow, VerdictRow
from metrics.services.dictionary import ensure_dictionary
from metrics.services.runs import run_inline, start_run
from tests.factories import AT

pytestmark = [pytest.mark.django_db, pytest.mark.real]
BY = Actor.system("test")
KNOWN = Path(__file__).with_name("verdicts.json")
FILES = {
    "nyc-social-media-usage": ("NYC_Social_Media_Usage.csv", "observations", "nyc_social_media_usage"),
    "us-digital-registry-2014": ("SMR-facebook-export_6-6-14.csv", "accounts", "us_digital_registry"),
    "us-congress": ("legislators-social-media.yaml", "accounts", "us_congress"),
    "congresstweets-users": ("historical-users-filtered.json", "accounts", "congresstweets_users"),
    "fr-parliament-accounts": (
        "monthly_observations_2015_2018.csv",
        "observations",
        "fr_parliament_accounts",
    ),
}


@pytest.mark.parametrize("folder", sorted(FILES))
def test_a_full_run_over_a_real_file_gives_the_same_verdicts_on_every_database(real_data, folder):
    name, kind, mapping = FILES[folder]
    ensure_platforms(by=BY, at=AT)
    ensure_dictionary(by=BY, at=AT)
    batch = stage_import(
        real_data / folder / name, kind=kind, principal=Principal.system("test"), at=AT, mapping=mapping
    )
    apply_import(batch, at=AT)

    run = run_inline(start_run(by=BY, at=AT, wake=False), at=AT)
    again = run_inline(start_run(by=BY, at=AT, wake=False), at=AT)

    assert (run.state, again.state, again.changed) == (RunState.DONE, RunState.DONE, 0)
    assert run.digest == again.digest
    found = {
        "sha256": run.digest,
        "lines": BusinessLine.objects.count(),
        "verdicts": dict(
            sorted(Counter(VerdictRow.objects.open().values_list("verdict", flat=True)).items())
        ),
        "programme": StageRow.objects.open().get(line__isnull=True, dimension="").score_tenths,
    }
    known = json.loads(KNOWN.read_text(encoding="utf-8")) if KNOWN.exists() else {}
    if os.environ.get("RENEW_VERDICTS"):
        known = dict(sorted((known | {folder: found}).items()))
        KNOWN.write_text(json.dumps(known, indent=1) + "\n", encoding="utf-8")
    assert found == known[folder]
