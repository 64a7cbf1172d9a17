"""Real files of public registers come in whole, read back unchanged, and go out again."""

import json
from collections import Counter

import pytest
from django.core.management import call_command

from coe.models import AccountCoOwner, BusinessLine, HandleRecord, ImportBatch, SocialAccount
from coe.rules.principals import Actor, Principal
from coe.services.import_runs import apply_import, stage_import
from coe.services.platforms import ensure_platforms
from coe.services.undo import undo_import
from tests.factories import AT

pytestmark = [pytest.mark.django_db, pytest.mark.real]
ROOT = Principal.system("test")


@pytest.fixture(autouse=True)
def platforms():
    ensure_platforms(by=Actor.system("test"), at=AT)


def run(path, mapping, kind="accounts"):
    batch = stage_import(path, kind=kind, principal=ROOT, at=AT, mapping=mapping)
    return apply_import(batch, at=AT)


def counts(batch):
    return {
        name: getattr(batch, name)
        for name in ("rows", "created", "updated", "unchanged", "skipped", "rejected")
    }


def told(batch):
    return Counter(batch.problems.values_list("code", flat=True)), list(
        batch.problems.values_list("row", "field", "message")[:10]
    )


def content():
    """The register as values, without keys, stamps and revisions."""
    return (
        sorted(BusinessLine.objects.values_list("code", "name", "parent__code", "depth", "status")),
        sorted(
            SocialAccount.objects.values_list(
                "platform__code", "handle", "url", "line__code", "state", "platform_account_id"
            )
        ),
        sorted(AccountCoOwner.objects.values_list("account__handle_key", "line__code")),
        sorted(HandleRecord.objects.values_list("account__handle_key", "handle_key")),
    )


def test_the_digital_registry_comes_in_whole_and_a_second_time_says_unchanged(real_data):
    path = real_data / "us-digital-registry-2014" / "SMR-facebook-export_6-6-14.csv"

    first = run(path, "us_digital_registry")

    assert counts(first) == {
        "rows": 1161,
        "created": 1160,
        "updated": 0,
        "unchanged": 0,
        "skipped": 0,
        "rejected": 1,
    }, told(first)
    assert AccountCoOwner.objects.values("account").distinct().count() == 46
    before = content()

    second = run(path, "us_digital_registry")

    assert counts(second) == {
        "rows": 1161,
        "created": 0,
        "updated": 0,
        "unchanged": 1160,
        "skipped": 0,
        "rejected": 1,
    }, told(second)
    assert content() == before


def test_undo_returns_the_register_to_what_it_was(real_data):
    path = real_data / "us-digital-registry-2014" / "SMR-facebook-export_6-6-14.csv"
    before = content()
    batch = run(path, "us_digital_registry")

    undone = undo_import(batch, by=Actor.system("test"), at=AT)

    assert content() == before
    assert (undone.state, undone.summary.get("kept_count", 0)) == ("undone", 0)


def test_a_dry_run_of_the_digital_registry_writes_nothing(real_data):
    path = real_data / "us-digital-registry-2014" / "SMR-facebook-export_6-6-14.csv"
    before = content()

    batch = stage_import(
        path, kind="accounts", principal=ROOT, at=AT, mapping="us_digital_registry", is_dry_run=True
    )

    assert (batch.state, batch.created) == ("ready", 1160)
    assert content() == before


def test_members_of_congress_come_in_with_their_chambers(real_data):
    batch = run(real_data / "us-congress" / "legislators-social-media.yaml", "us_congress")

    assert (batch.rows, batch.rejected, batch.skipped) == (519, 1, 0), told(batch)
    assert "RogerMarshallMD" in batch.problems.get().message, "two members claim one handle"
    assert SocialAccount.objects.count() == 1731
    assert set(BusinessLine.objects.filter(depth=0).values_list("code", flat=True)) == {
        "US-HOUSE",
        "US-SENATE",
    }
    again = run(real_data / "us-congress" / "legislators-social-media.yaml", "us_congress")
    assert (again.unchanged, again.rejected) == (518, 1), told(again)


def test_congresstweets_keeps_former_names_as_history(real_data):
    path = real_data / "congresstweets-users" / "historical-users-filtered.json"

    batch = run(path, "congresstweets_users")

    assert (batch.rows, batch.rejected) == (806, 0), told(batch)
    assert SocialAccount.objects.count() == 1612
    assert HandleRecord.objects.exists()
    again = run(path, "congresstweets_users")
    assert (again.unchanged, again.rejected) == (806, 0), told(again)


def test_an_export_of_the_real_register_imports_as_all_unchanged(real_data, tmp_path):
    run(real_data / "us-congress" / "legislators-social-media.yaml", "us_congress")
    run(real_data / "us-digital-registry-2014" / "SMR-facebook-export_6-6-14.csv", "us_digital_registry")
    before = content()

    for kind, form in (("lines", "csv"), ("accounts", "csv"), ("accounts", "xlsx"), ("accounts", "json")):
        path = tmp_path / f"{kind}.{form}"
        call_command("export_data", kind, output=path)
        batch = run(path, "", kind)
        assert (batch.unchanged, batch.rejected) == (batch.rows, 0), (kind, form, told(batch))

    assert content() == before


def test_the_register_that_figures_brought_along_imports_as_all_unchanged(real_data, tmp_path):
    run(
        real_data / "nyc-social-media-usage" / "NYC_Social_Media_Usage.csv",
        "nyc_social_media_usage",
        "observations",
    )
    before = content()

    for kind in ("lines", "accounts"):
        path = tmp_path / f"{kind}.csv"
        call_command("export_data", kind, output=path)
        batch = run(path, "", kind)
        assert (batch.unchanged, batch.rejected) == (batch.rows, 0), (kind, told(batch))

    assert content() == before


def test_the_command_says_as_json_what_it_did(real_data, capsys):
    path = real_data / "us-digital-registry-2014" / "SMR-facebook-export_6-6-14.csv"

    with pytest.raises(SystemExit) as end:
        call_command("import_data", "accounts", str(path), mapping="us_digital_registry", as_json=True)
    assert end.value.code == 1, "a row was rejected"

    answer = json.loads(capsys.readouterr().out)
    assert answer.keys() == {
        "batch", "rows", "created", "updated", "unchanged", "skipped", "rejected", "errors", "seconds",
    }  # fmt: skip
    assert (answer["rows"], answer["created"], answer["rejected"]) == (1161, 1160, 1)
    assert [(one["row"], one["code"]) for one in answer["errors"]] == [(501, "doubled_row")]
    assert str(ImportBatch.objects.get().public_id) == answer["batch"]
