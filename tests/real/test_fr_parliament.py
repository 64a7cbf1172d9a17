"""Three years of the French parliament's accounts: renamed handles end as history of one account, not as a second one."""

import contextlib
import csv
import io
import json
from collections import defaultdict
from pathlib import Path

import pytest
from django.core.management import call_command

from coe.models import HandleRecord, SocialAccount
from coe.rules.principals import Actor
from coe.selectors.invariants import broken_invariants
from coe.services.platforms import ensure_platforms
from metrics.models import Observation
from tests.factories import AT

pytestmark = [pytest.mark.django_db, pytest.mark.real]


@pytest.fixture
def path(real_data: Path) -> Path:
    """The monthly observations, in a hub that knows the platforms."""
    ensure_platforms(by=Actor.system(), at=AT)
    return real_data / "fr-parliament-accounts" / "monthly_observations_2015_2018.csv"


def test_renamed_handles_become_history_of_one_account_and_a_second_import_changes_nothing(path):
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    handles: dict[str, dict[str, str]] = defaultdict(dict)
    for row in sorted(rows, key=lambda row: row["observed_at"]):
        handles[row["twitter_id"]][row["handle"].casefold()] = row["observed_at"]
    renamed = {key for key, seen in handles.items() if len(seen) > 1}

    clashing = _clashes(rows)
    accepted = [row for place, row in enumerate(rows, start=2) if place not in clashing]
    ids = {row["twitter_id"] for row in accepted}

    first, second = _imported(path), _imported(path)

    assert first["rows"] == second["rows"] == 29423
    assert (
        {error["row"] for error in first["errors"]}
        == {error["row"] for error in second["errors"]}
        == clashing
    )
    assert {error["code"] for error in first["errors"]} == {"handle_of_another"}
    assert set(SocialAccount.objects.values_list("platform_account_id", flat=True)) == ids
    assert SocialAccount.objects.count() == len(ids)
    assert set(HandleRecord.objects.values_list("account__platform_account_id", flat=True)) == renamed & ids
    for account in SocialAccount.objects.filter(platform_account_id__in=renamed):
        seen = handles[account.platform_account_id]
        assert account.handle_key == max(seen, key=lambda key: seen[key])
    days = {(row["twitter_id"], row["observed_at"][:10]) for row in accepted}
    assert Observation.objects.count() == 5 * len(days)
    assert (second["created"], second["updated"]) == (0, 0)
    assert broken_invariants() == []


def _clashes(rows: list[dict]) -> set[int]:
    """Rows of an id under a handle that another id had first and still has: nobody can tell whose the handle is."""
    holders: dict[str, list[str]] = defaultdict(list)
    latest: dict[str, tuple[str, str]] = {}
    for row in sorted(rows, key=lambda row: row["observed_at"]):
        handle, key = row["handle"].casefold(), row["twitter_id"]
        if key not in holders[handle]:
            holders[handle].append(key)
        latest[key] = (row["observed_at"], handle)
    kept = {handle: ids[0] for handle, ids in holders.items() if len(ids) > 1 and latest[ids[0]][1] == handle}
    return {
        place
        for place, row in enumerate(rows, start=2)
        if kept.get(row["handle"].casefold(), row["twitter_id"]) != row["twitter_id"]
    }


def _imported(path: Path) -> dict:
    out = io.StringIO()
    with contextlib.suppress(SystemExit):
        call_command(
            "import_data",
            "observations",
            str(path),
            "--mapping",
            "fr_parliament_accounts",
            "--json",
            stdout=out,
        )
    return json.loads(out.getvalue())
