"""The rubrics that come with the product."""

import json
import re
from datetime import date
from fractions import Fraction
from itertools import pairwise

import pytest
from jsonschema import Draft202012Validator

from metrics.scoring import (
    Answer,
    IndicatorValue,
    Kind,
    Scope,
    Severity,
    compile_rubric,
    lint,
    load_rubric,
    score,
    shipped_rubrics,
)
from metrics.scoring.loader import RUBRICS

NAMES = ["cncf-platform", "finops", "social-coe", "social-coe-starter"]
TODAY = date(2026, 3, 31)

# code, indicator, scope, must, operator, threshold, unit, guards
STARTER = [
    ("STR-C2", "hub.executive_sponsor", "programme", True, ">=", 1, "count", []),
    ("GOV-C1", "accounts.registered_fields", "line", True, ">=", 100, "%", []),
    ("GOV-C2", "policies.core_in_force", "programme", True, ">=", 5, "count", []),
    ("GOV-C4", "accounts.mfa_on", "line", True, ">=", 80, "%", []),
    ("GOV-C5", "discovery.sweeps", "programme", False, ">=", 1, "count", []),
    ("GOV-W1", "accounts.two_owners", "line", True, ">=", 100, "%", []),
    ("GOV-W2", "accounts.mfa_or_excepted", "line", True, ">=", 100, "%", []),
    ("GOV-W3", "accounts.certified_12m", "line", True, ">=", 90, "%", []),
    ("GOV-W4", "policies.attested", "line", True, ">=", 90, "%", []),
    ("GOV-W5", "policies.overdue_review", "programme", False, "<=", 0, "count", []),
    ("GOV-R1", "access.revoked_in_time", "line", True, ">=", 100, "%", []),
    (
        "GOV-R4", "discovery.triaged_in_time", "programme", False, ">=", 90, "%",
        [("discovery.longest_gap_days", "<=", 31, "days")],
    ),
    ("GOV-R5", "exceptions.unsound", "line", True, "<=", 0, "count", []),
    ("PEO-C1", "hub.fte", "programme", True, ">=", 1, "FTE", [("hub.lead_named", ">=", 1, "count")]),
    ("PEO-C3", "lines.has_lead", "line", True, ">=", 80, "%", []),
    ("PEO-W1", "lines.has_lead_and_deputy", "line", True, ">=", 100, "%", []),
    ("PEO-W3", "owners.max_accounts", "line", False, "<=", 10, "count", []),
    ("PEO-W4", "hub.accounts_per_fte", "programme", False, "<=", 75, "ratio", []),
    ("PEO-R2", "roles.critical_backed", "programme", True, ">=", 100, "%", []),
    ("TRN-C1", "courses.policies_covered", "programme", True, ">=", 100, "%", []),
    ("TRN-C2", "people.foundation_valid", "line", True, ">=", 50, "%", []),
    ("TRN-C3", "curricula.roles_mapped", "programme", False, ">=", 4, "count", []),
    ("TRN-W1", "people.role_certificate_valid", "line", True, ">=", 80, "%", []),
    ("TRN-W2", "access.granted_to_certified", "line", True, ">=", 100, "%", []),
    ("TRN-W3", "people.crisis_module_12m", "line", True, ">=", 80, "%", []),
    ("TRN-W4", "courses.review_overdue", "programme", False, "<=", 0, "count", []),
    (
        "TRN-R1", "people.role_certificate_valid", "line", True, ">=", 90, "%",
        [("people.certificate_lapsed_days", "<=", 30, "days")],
    ),
    ("TRN-R3", "policies.changes_taught", "programme", False, ">=", 100, "%", []),
    ("TRN-R4", "lines.executives_briefed", "line", False, ">=", 50, "%", []),
    ("TRN-R5", "courses.average_rating", "programme", False, ">=", 4, "score", [("courses.ratings", ">=", 20, "count")]),
    ("TLS-C2", "platforms.decided", "programme", True, ">=", 100, "%", []),
    ("TLS-C3", "accounts.corporate_recovery", "line", True, ">=", 80, "%", []),
    ("TLS-W1", "accounts.approved_publishing", "line", True, ">=", 80, "%", []),
    ("TLS-W2", "accounts.custody_complete", "line", True, ">=", 100, "%", []),
    ("TLS-W3", "accounts.retention", "line", True, ">=", 90, "%", []),
    ("TLS-W4", "accounts.app_review", "line", False, ">=", 100, "%", []),
    ("CON-C1", "accounts.described", "line", True, ">=", 100, "%", []),
    ("CON-C3", "accounts.comment_policy", "line", False, ">=", 80, "%", []),
    ("CON-W1", "accounts.within_dormancy", "line", True, ">=", 80, "%", []),
    (
        "CON-W2", "service.response_rate", "line", True, ">=", 70, "%",
        [("service.median_first_response_hours", "<=", 24, "hours")],
    ),
    (
        "CON-R1", "accounts.within_cadence", "line", True, ">=", 95, "%",
        [("accounts.dormant_undecided", "<=", 0, "count")],
    ),
    (
        "CON-R2", "service.response_rate", "line", True, ">=", 90, "%",
        [("service.median_first_response_hours", "<=", 1, "hours")],
    ),
    ("MEA-C1", "metrics.dictionary_complete", "programme", True, ">=", 8, "count", []),
    ("MEA-C2", "accounts.snapshot_45d", "line", True, ">=", 50, "%", []),
    ("MEA-W1", "accounts.snapshot_3m", "line", True, ">=", 80, "%", []),
    ("MEA-W4", "kpis.with_target", "line", False, ">=", 80, "%", []),
    (
        "MEA-R1", "accounts.snapshot_3m", "line", True, ">=", 90, "%",
        [("observations.imported_share", ">=", 75, "%")],
    ),
]  # fmt: skip


def shipped(name):
    return load_rubric(shipped_rubrics()[name].read_bytes())


def test_schema_is_itself_valid():
    Draft202012Validator.check_schema(json.loads((RUBRICS / "schema.json").read_text(encoding="utf-8")))


def test_four_rubrics_are_shipped():
    assert sorted(shipped_rubrics()) == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_shipped_rubric_compiles_and_lints_clean(name):
    rubric = shipped(name)

    compile_rubric(rubric)

    assert [finding for finding in lint(rubric) if finding.severity is not Severity.INFO] == []


@pytest.mark.parametrize("name", NAMES)
def test_every_text_stands_in_real_french(name):
    rubric = shipped(name)

    texts = [t for c in rubric.criteria for t in (c.statement, c.remedy, *(g.label for g in c.guards))]
    texts += [d.name for d in rubric.dimensions] + [rubric.title, rubric.summary]
    same = [t["en"] for t in texts if t["en"] == t["fr"]]

    assert set(same) <= {"Adoption", "Interfaces"}  # French words as well
    # The figures of a statement are the same in both languages.
    for c in rubric.criteria:
        if c.kind is Kind.MEASURED and "%" in c.statement["en"]:
            figures = [sorted(re.findall(r"\d+(?=.?%)", c.statement[lang])) for lang in ("en", "fr")]
            assert figures[0] == figures[1], c.code


def test_full_model_holds_the_hundred_criteria():
    rubric = shipped("social-coe")

    assert (len(rubric.criteria), len(rubric.dimensions), len(rubric.levels)) == (100, 8, 3)
    assert rubric.version == "1.0.3-draft"
    assert {c.kind for c in rubric.criteria} == {Kind.MEASURED}
    assert all(c.practices and c.fix for c in rubric.criteria)


@pytest.mark.parametrize("name", ["social-coe", "social-coe-starter"])
def test_statement_of_a_percentage_names_its_threshold(name):
    for c in shipped(name).criteria:
        bounds = [(c.threshold, c.unit), *((g.threshold, g.unit) for g in c.guards)]
        for threshold, unit in bounds:
            if unit == "%" and threshold not in (50, 100):
                assert f"{threshold}%" in c.statement["en"], c.code


def test_starter_holds_what_is_collected_today():
    rubric = shipped("social-coe-starter")

    assert rubric.version == "1.2.0"
    assert [
        (
            c.code, c.indicator, c.scope.value, c.must, c.op, c.threshold, c.unit,
            [(g.indicator, g.op, g.threshold, g.unit) for g in c.guards],
        )
        for c in rubric.criteria
    ] == STARTER  # fmt: skip


def test_starter_judges_as_the_full_model_does():
    full = {c.code: c for c in shipped("social-coe").criteria}

    assert [c.code for c in shipped("social-coe-starter").criteria if full[c.code] != c] == []


def test_line_reaches_walk_in_the_starter_and_no_further():
    rubric = shipped("social-coe-starter")
    values = {name: IndicatorValue(10, 10, evidence_on=TODAY) for name in rubric.indicators()}
    values |= {
        "owners.max_accounts": IndicatorValue(4),
        "people.certificate_lapsed_days": IndicatorValue(0),
        "accounts.dormant_undecided": IndicatorValue(0),
        "exceptions.unsound": IndicatorValue(0),
        "service.median_first_response_hours": IndicatorValue(value=Fraction(1, 2)),
    }

    card = score(rubric, values, as_of=TODAY)

    assert card.level == "walk"
    assert {d.code: d.level for d in card.dimensions} == {
        "STR": None, "GOV": "run", "PEO": "walk", "TRN": "run", "TLS": "walk", "CON": "run", "MEA": "run",
    }  # fmt: skip


def test_hub_without_any_data_is_not_yet_anywhere():
    card = score(shipped("social-coe-starter"), {}, as_of=TODAY, scope=Scope.PROGRAMME)

    assert (card.level, card.score) == (None, 0)
    assert {v.verdict for v in card.verdicts.values()} == {"no_data"}


@pytest.mark.parametrize(("name", "dimensions", "levels"), [("finops", 5, 5), ("cncf-platform", 5, 4)])
def test_attested_model_climbs_level_by_level(name, dimensions, levels):
    rubric = shipped(name)
    assert (len(rubric.dimensions), len(rubric.levels)) == (dimensions, levels)
    assert {c.kind for c in rubric.criteria} == {Kind.ATTESTED}

    def card(height):
        codes = [c.code for c in rubric.criteria if [x.code for x in rubric.levels].index(c.level) <= height]
        return score(
            rubric, {}, answers={code: Answer("yes", answered_on=TODAY) for code in codes}, as_of=TODAY
        )

    cards = [card(height) for height in range(levels)]
    assert [c.index for c in cards] == list(range(levels))
    assert all(low.score < high.score for low, high in pairwise(cards))
    assert cards[-1].score == 1000
