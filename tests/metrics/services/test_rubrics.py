"""Rubric versions: immutable once published, refused when nobody can measure them, judged by from the next run on."""

import copy
import datetime as dt

import pytest

from coe.errors import Invalid, WrongState
from coe.models import ChangeEvent
from coe.rules.principals import Actor
from metrics.enums.maturity import RubricState
from metrics.models import RubricVersion, StageRow, VerdictRow
from metrics.scoring import read_rubric, shipped_rubrics
from metrics.selectors.rubrics import waivable_codes
from metrics.services import rubrics, runs
from tests.factories import LineFactory
from tests.metrics.world import AT, good_account, organisation

pytestmark = pytest.mark.django_db
BY = Actor.system("test")
HOUR = dt.timedelta(hours=1)


@pytest.fixture
def document():
    return copy.deepcopy(read_rubric(shipped_rubrics()["social-coe-starter"].read_bytes()))


def stored():
    return list(
        RubricVersion.objects.order_by("pk").values_list("code", "version", "sha256", "state", "is_current")
    )


def test_shipped_rubrics_are_loaded_once_with_the_starter_current():
    rubrics.ensure_rubrics(by=BY, at=AT)
    first = stored()

    rubrics.ensure_rubrics(by=BY, at=AT + HOUR)

    assert stored() == first
    states = {row[0]: (row[3], row[4]) for row in first}
    assert states.pop("social-coe-starter") == (RubricState.PUBLISHED, True)
    assert set(states.values()) == {(RubricState.DRAFT, False)}
    assert len(states) == 3


def test_a_loaded_document_is_a_draft_and_loading_it_again_writes_nothing(document):
    row = rubrics.load_rubric_version(document, by=BY, at=AT)
    before = (stored(), ChangeEvent.objects.count())

    assert rubrics.load_rubric_version(document, by=BY, at=AT + HOUR) == row

    assert (row.state, row.is_current) == (RubricState.DRAFT, False)
    assert (stored(), ChangeEvent.objects.count()) == before


def test_a_document_that_breaks_the_schema_is_refused_with_its_places(document):
    document["criteria"][0]["op"] = "roughly"

    with pytest.raises(Invalid) as refused:
        rubrics.load_rubric_version(document, by=BY, at=AT)

    assert refused.value.problems[0].field == f"criteria[{document['criteria'][0]['code']}].op"
    assert stored() == []


def test_a_rubric_with_an_indicator_nobody_collects_cannot_be_published(document):
    document["criteria"][1]["indicator"] = "accounts.telepathy"
    row = rubrics.load_rubric_version(document, by=BY, at=AT)
    before = stored()

    with pytest.raises(Invalid) as refused:
        rubrics.publish_rubric(row, by=BY, at=AT)

    assert [problem.code for problem in refused.value.problems] == ["unknown_indicator"]
    assert stored() == before


def test_the_full_model_stays_a_draft_until_all_is_collected():
    rubrics.ensure_rubrics(by=BY, at=AT)
    full = RubricVersion.objects.get(code="social-coe")

    with pytest.raises(Invalid):
        rubrics.publish_rubric(full, by=BY, at=AT)

    full.refresh_from_db()
    assert full.state == RubricState.DRAFT


def test_a_published_version_never_changes(document):
    rubrics.ensure_rubrics(by=BY, at=AT)
    before = stored()
    document["criteria"][0]["threshold"] = 2

    with pytest.raises(WrongState):
        rubrics.load_rubric_version(document, by=BY, at=AT)

    assert stored() == before


def test_publishing_a_new_version_retires_the_old_and_the_next_run_says_rubric(document):
    organisation()
    line = LineFactory()
    good_account(line, mfa_state="off")
    runs.run_inline(runs.start_run(by=BY, at=AT), at=AT)
    document["version"] = "1.3.0"
    for criterion in document["criteria"]:
        if criterion["code"] == "GOV-C4":
            criterion["threshold"] = 70
            criterion.pop("warn", None)
    new = rubrics.load_rubric_version(document, by=BY, at=AT)

    rubrics.publish_rubric(new, by=BY, at=AT + HOUR)
    runs.run_inline(runs.start_run(by=BY, at=AT + HOUR), at=AT + HOUR)

    assert RubricVersion.objects.get(code="social-coe-starter", version="1.2.0").state == RubricState.RETIRED
    row = VerdictRow.objects.get(line=line, criterion="GOV-C4", known_until=None)
    assert row.rubric == new
    assert "rubric" in row.detail["causes"]
    assert not VerdictRow.objects.open().exclude(rubric=new).exists()
    assert not StageRow.objects.open().exclude(rubric=new).exists()
    assert ChangeEvent.objects.filter(action="rubric.published").count() == 2


def test_a_hub_that_lives_by_an_earlier_starter_keeps_it_and_gets_the_new_one_published(document):
    shipped = document["version"]
    document["version"] = "1.1.1"
    old = rubrics.publish_rubric(rubrics.load_rubric_version(document, by=BY, at=AT), by=BY, at=AT)

    rubrics.ensure_rubrics(by=BY, at=AT + HOUR)

    found = RubricVersion.objects.filter(code="social-coe-starter").values_list(
        "version", "sha256", "state", "is_current"
    )
    new = RubricVersion.objects.get(code="social-coe-starter", version=shipped)
    assert set(found) == {
        ("1.1.1", old.sha256, RubricState.PUBLISHED, True),
        (shipped, new.sha256, RubricState.PUBLISHED, False),
    }


def test_criteria_that_rest_on_governance_may_be_excused():
    rubrics.ensure_rubrics(by=BY, at=AT)
    codes = {"GOV-W2", "GOV-W3", "GOV-W4", "GOV-R1", "GOV-R5"}

    assert set(waivable_codes([*codes, "GOV-C3"])) == codes


def test_publishing_twice_is_refused(document):
    rubrics.ensure_rubrics(by=BY, at=AT)
    row = RubricVersion.objects.get(is_current=True)

    with pytest.raises(WrongState):
        rubrics.publish_rubric(row, by=BY, at=AT)


def test_diff_names_what_changed(document):
    rubrics.ensure_rubrics(by=BY, at=AT)
    gone = document["criteria"].pop()
    document["criteria"][0]["threshold"] = 2

    found = rubrics.diff_rubric(RubricVersion.objects.get(is_current=True), document)

    assert found.removed == (gone["code"],)
    assert found.changed == (document["criteria"][0]["code"],)


def test_lint_of_the_starter_finds_no_error():
    findings = rubrics.lint_rubric(shipped_rubrics()["social-coe-starter"].read_bytes())

    assert [f for f in findings if f.severity == "error"] == []


@pytest.mark.parametrize("name", ["finops", "cncf-platform"])
def test_attested_models_can_be_published_and_scored_without_code(name):
    line = LineFactory()
    row = rubrics.load_rubric_version(shipped_rubrics()[name].read_bytes(), by=BY, at=AT)
    rubrics.publish_rubric(row, by=BY, at=AT)

    run = runs.run_inline(runs.start_run(by=BY, at=AT), at=AT)

    assert run.state == "done"
    verdicts = set(VerdictRow.objects.filter(line=line).values_list("verdict", flat=True))
    assert verdicts == {"no_data"}
