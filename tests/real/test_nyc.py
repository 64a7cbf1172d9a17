"""NYC's own sheet of 294 accounts, dirty as it is: every row accounted for, twice the same, undone to the same content."""

import csv
import hashlib
import io
import json
import re
from collections import Counter
from pathlib import Path

import pytest
from django.core.management import call_command

from coe.models import BusinessLine, ImportBatch, SocialAccount
from coe.rules.principals import Actor, Principal
from coe.selectors.invariants import broken_invariants
from coe.services.platforms import ensure_platforms
from coe.services.undo import undo_import
from metrics.models import AccountMonth, DailyRollup, Metric, Observation, ObservationRevision
from metrics.selectors.observations import EXPORT_COLUMNS, export_rows
from tests.conftest import REAL_DATA
from tests.factories import AT

pytestmark = [pytest.mark.django_db, pytest.mark.real]
COUNT = "Likes/Followers/Visits/Downloads"
SYSTEM = Actor.system()


@pytest.fixture
def path(real_data: Path) -> Path:
    """The sheet as the city published it, in a hub that knows the platforms."""
    ensure_platforms(by=SYSTEM, at=AT)
    return real_data / "nyc-social-media-usage" / "NYC_Social_Media_Usage.csv"


def imported(path: Path, *options: str, mapping: str = "nyc_social_media_usage") -> dict:
    out = io.StringIO()
    chosen = ["--mapping", mapping] if mapping else []
    call_command("import_data", "observations", str(path), *chosen, "--json", *options, stdout=out)
    return json.loads(out.getvalue())


def counts(told: dict) -> dict:
    return {
        key: told[key] for key in ("rows", "created", "updated", "unchanged", "skipped", "rejected", "errors")
    }


def content() -> str:
    """A hash of everything an import of observations may touch, without surrogate keys and stamps."""
    parts = [
        sorted(BusinessLine.objects.values_list("code", "name", "parent__code", "status", "depth")),
        sorted(
            SocialAccount.objects.values_list("platform__code", "handle_key", "url", "line__code", "state")
        ),
        sorted(Metric.objects.values_list("code", "aggregation", "scale")),
        sorted(
            Observation.objects.values_list(
                "account__handle_key",
                "account__platform__code",
                "metric__code",
                "on",
                "value",
                "numerator",
                "denominator",
            )
        ),
        ObservationRevision.objects.count(),
        sorted(
            DailyRollup.objects.values_list(
                "line__code", "metric__code", "on", "total", "numerator", "denominator", "count"
            )
        ),
        sorted(
            AccountMonth.objects.values_list(
                "account__handle_key", "account_id", "month", "observations", "imported", "last_on"
            )
        ),
    ]
    return hashlib.sha256(repr(parts).encode()).hexdigest()


@pytest.fixture(scope="module")
def sheet() -> list[dict]:
    """The sheet read with nothing but the csv module, so that what is expected owes nothing to the product."""
    if not REAL_DATA.is_dir():
        pytest.skip(f"real data not found at {REAL_DATA}")
    with (REAL_DATA / "nyc-social-media-usage" / "NYC_Social_Media_Usage.csv").open(
        encoding="utf-8-sig", newline=""
    ) as file:
        return list(csv.DictReader(file))


def test_every_row_is_accounted_for(path, sheet):
    totals = [row for row in sheet if row["Agency"] == "TOTAL"]
    empty = [row for row in sheet if row["Agency"] != "TOTAL" and not row[COUNT].strip()]
    values = [row for row in sheet if row["Agency"] != "TOTAL" and row[COUNT].strip()]

    told = imported(path)

    assert (len(sheet), len(totals), len(empty), len(values)) == (5899, 19, 1920, 3960)
    assert counts(told) == {
        "rows": 5899, "created": 3960, "updated": 0, "unchanged": 0, "skipped": 1939, "rejected": 0, "errors": [],
    }  # fmt: skip
    reasons = Counter(ImportBatch.objects.get().problems.values_list("code", flat=True))
    assert reasons == {"total_row": 19, "no_value": 1920}
    assert Observation.objects.count() == 3960
    assert sum(Observation.objects.values_list("value", flat=True)) == sum(int(row[COUNT]) for row in values)
    assert broken_invariants() == []


def test_spellings_make_no_second_line_and_a_blank_agency_goes_to_unassigned(path, sheet):
    plain = {re.sub(r"['’]", "", row["Agency"]) for row in sheet}
    named = {re.sub(r"[^\w.]+", "-", name).strip("-.").casefold() for name in plain} - {"", "total"}

    imported(path)

    assert set(BusinessLine.objects.values_list("code_key", flat=True)) == named | {"unassigned"}
    assert BusinessLine.objects.count() == 85
    assert SocialAccount.objects.count() == 293


def test_the_figures_of_a_line_and_day_are_those_of_the_sheet(path, sheet):
    imported(path)

    days = {row["Date Sampled"] for row in sheet}
    day = max(days, key=lambda text: text[6:10] + text[:2] + text[3:5])
    expected = sum(
        int(row[COUNT])
        for row in sheet
        if row["Agency"] == "FDNY"
        and row["Date Sampled"] == day
        and row["Platform"] in ("Twitter", "Facebook")
        and row[COUNT]
    )
    found = Observation.objects.filter(
        account__line__code="FDNY",
        on=f"{day[6:10]}-{day[:2]}-{day[3:5]}",
        account__platform__code__in=("x", "facebook"),
    ).values_list("value", flat=True)
    assert sum(found) == expected


def test_accounts_without_an_address_keep_their_observations_under_a_name_of_their_line(path, sheet):
    nameless = {
        (row["Agency"], row["Platform"])
        for row in sheet
        if not row["Url"].strip() and row["Agency"] != "TOTAL"
    }

    imported(path)

    keyed = SocialAccount.objects.filter(handle_key__startswith="no-url:")
    with_value = sum(
        bool(row[COUNT])
        for row in sheet
        if (row["Agency"], row["Platform"]) in nameless and not row["Url"].strip()
    )
    assert len(nameless) == 8
    assert Observation.objects.filter(account__in=keyed).count() >= with_value


def test_a_second_import_changes_nothing(path):
    imported(path)
    before = content()

    told = imported(path)

    assert counts(told) == {
        "rows": 5899, "created": 0, "updated": 0, "unchanged": 3960, "skipped": 1939, "rejected": 0, "errors": [],
    }  # fmt: skip
    assert content() == before


def test_a_dry_run_tells_the_same_and_writes_nothing(path):
    before = content()

    told = imported(path, "--dry-run")

    assert counts(told) == {
        "rows": 5899, "created": 3960, "updated": 0, "unchanged": 0, "skipped": 1939, "rejected": 0, "errors": [],
    }  # fmt: skip
    assert content() == before


def test_undo_returns_to_the_same_content(path):
    before = content()
    imported(path)
    batch = ImportBatch.objects.get()

    undone = undo_import(batch, by=SYSTEM, at=AT)

    assert undone.state == "undone"
    assert undone.summary.get("kept", []) == []
    assert content() == before


def test_what_is_exported_imports_again_as_unchanged(path, tmp_path):
    imported(path)
    columns, rows = export_rows(Principal.system())
    copy = tmp_path / "observations.csv"
    with copy.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(columns)
        writer.writerows(rows)

    told = imported(copy, mapping="")

    assert columns == EXPORT_COLUMNS
    assert counts(told) == {
        "rows": 3960, "created": 0, "updated": 0, "unchanged": 3960, "skipped": 0, "rejected": 0, "errors": [],
    }  # fmt: skip
