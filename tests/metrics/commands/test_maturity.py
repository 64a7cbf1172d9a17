"""The commands people and scripts depend on."""

import json

import pytest
from django.core.management import CommandError, call_command

from metrics.models import AccountMonth, MaturityRun, RubricVersion, VerdictRow
from tests.factories import LineFactory
from tests.metrics.world import AT, good_account, organisation, tree

pytestmark = pytest.mark.django_db


def out(capsys, *args):
    call_command(*args)
    return capsys.readouterr().out


def test_recompute_full_inline_tells_the_run_as_json(capsys):
    organisation()
    _region, a, _b = tree()
    good_account(a)

    told = json.loads(out(capsys, "recompute", "--full", "--inline", "--json"))

    run = MaturityRun.objects.get()
    assert told == {
        "run": str(run.public_id), "kind": "full", "state": "done", "rubric": "social-coe-starter 1.2.0",
        "as_of": run.as_of.isoformat(), "lines": 3, "changed": run.changed, "digest": run.digest,
    }  # fmt: skip
    assert run.changed > 0


def test_recompute_line_judges_its_subtree_and_what_stands_above(capsys):
    organisation()
    region, a, b = tree()
    good_account(a)

    told = json.loads(out(capsys, "recompute", "--line", "a", "--inline", "--json"))

    assert (told["kind"], told["lines"], told["state"]) == ("incremental", 1, "done")
    judged = set(VerdictRow.objects.values_list("line_id", flat=True))
    assert judged == {a.pk, region.pk, None}
    assert b.pk not in judged


def test_recompute_as_of_measures_ages_of_that_day(capsys):
    organisation()
    line = LineFactory(code="A")
    account = good_account(line, mfa_verified_on=AT.date().replace(year=2014))
    AccountMonth.objects.create(
        account=account, month="2014-06-01", observations=3, imported=3, last_on="2014-06-20"
    )

    call_command("recompute", "--full", "--inline", "--as-of", "2014-06-30")

    found = VerdictRow.objects.get(line=line, criterion="MEA-C2")
    assert found.verdict == "pass"


@pytest.mark.parametrize("args", [("--line", "nope"), ("--as-of", "2014-02-30"), ("--as-of", "2999-01-01")])
def test_recompute_refuses_nonsense_and_starts_nothing(args):
    with pytest.raises(CommandError):
        call_command("recompute", "--inline", *args)

    assert MaturityRun.objects.count() == 0


def test_recompute_while_a_full_run_is_under_way_is_refused():
    call_command("recompute", "--full")

    with pytest.raises(CommandError):
        call_command("recompute", "--full")

    assert MaturityRun.objects.count() == 1


def test_scorecard_prints_json_and_words(capsys):
    organisation()
    line = LineFactory(code="A")
    good_account(line)
    assert "Nothing is scored yet" in out(capsys, "scorecard", "A")
    out(capsys, "recompute", "--full", "--inline")

    told = json.loads(out(capsys, "scorecard", "a", "--json"))

    assert (told["line"], told["rubric"], told["is_scored"]) == ("A", "social-coe-starter 1.2.0", True)
    assert {row["code"]: row["verdict"] for row in told["criteria"]}["GOV-C1"] == "pass"
    assert "GOV-C4" in out(capsys, "scorecard", "A")
    with pytest.raises(CommandError):
        call_command("scorecard", "nope")


def test_rubric_lint_load_publish_diff(capsys, tmp_path):
    assert "Fit to be published." in out(capsys, "rubric", "lint", "social-coe-starter")
    with pytest.raises(CommandError):
        call_command("rubric", "lint", "social-coe")
    assert "draft" in out(capsys, "rubric", "load", "finops")
    assert "published" in out(capsys, "rubric", "publish", "social-coe-starter")
    assert "changed: -" in out(capsys, "rubric", "diff", "social-coe-starter")
    with pytest.raises(CommandError):
        call_command("rubric", "publish", "social-coe")
    with pytest.raises(CommandError):
        call_command("rubric", "lint", str(tmp_path / "missing.yaml"))

    assert RubricVersion.objects.get(is_current=True).code == "social-coe-starter"
