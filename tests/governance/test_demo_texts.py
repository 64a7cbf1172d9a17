"""What the demo company says in its governance names only what exists, and obeys the rules of its own policies."""

from collections.abc import Iterator
from functools import cache
from typing import Any

import pytest
import yaml

from coe.demo.company import HELPER, HUB, LEAVER, LINES, PLATFORMS, SEATS, STAFF
from coe.demo.plan import PLANS
from coe.enums.roles import ROLES as ROLES_SPEC, Permission, Role
from coe.handles import default_catalogue, identify
from governance.demo.texts import FILE, DemoFinding, demo_texts
from governance.enums.discovery import KIND_STATES, SETTLED_STATES, FindingKind, FindingState
from governance.enums.exceptions import PENDING_STATES, ExceptionState, ExceptionSubject
from governance.library import clauses_of, shipped
from metrics.scoring import load_rubric, shipped_rubrics

TEXTS = demo_texts()
ROLES: dict[str, set[str]] = {HELPER[0]: {Role.CONTRIBUTOR}, LEAVER[0]: {Role.CONTRIBUTOR}}
for _name, _title, _role, _time in HUB:
    ROLES.setdefault(_name, set()).add(_role)
for _names in STAFF.values():
    for _name, (_role, _title) in zip(_names, SEATS, strict=True):
        ROLES.setdefault(_name, set()).add(_role)
CODES = {line.code for line in LINES}


@cache
def criteria() -> set[str]:
    """The codes of the shipped maturity model."""
    rubric = load_rubric(shipped_rubrics()["social-coe"].read_text(encoding="utf-8"))
    return {one.code for one in rubric.criteria}


def texts_in(value: Any) -> Iterator[dict[str, str]]:
    """Every text of the file, wherever it stands."""
    if isinstance(value, dict) and set(value) <= {"en", "fr"}:
        yield value
    elif isinstance(value, dict):
        for part in value.values():
            yield from texts_in(part)
    elif isinstance(value, list):
        for part in value:
            yield from texts_in(part)


def test_every_text_stands_in_both_languages() -> None:
    texts = list(texts_in(yaml.safe_load(FILE.read_text(encoding="utf-8"))))

    assert len(texts) > 50
    assert [one for one in texts if set(one) != {"en", "fr"} or one["en"] == one["fr"]] == []


@pytest.mark.parametrize("one", TEXTS.exceptions, ids=lambda one: one.title["en"])
def test_an_exception_is_one_its_policy_allows(one: Any) -> None:
    policy = shipped().policy(one.policy) if one.policy else None

    assert one.line in CODES
    assert one.state in ExceptionState.values
    assert {one.requester, one.approver} <= set(ROLES)
    assert one.requester != one.approver
    assert any(Permission.DECIDE_EXCEPTION in ROLES_SPEC[role].permissions for role in ROLES[one.approver])
    assert any(Permission.REQUEST_EXCEPTION in ROLES_SPEC[role].permissions for role in ROLES[one.requester])
    assert (one.decision is None) == (one.state in PENDING_STATES)
    # The day it ends is ahead while it stands, and behind when it has expired.
    assert (one.asked_days_ago >= one.lasts_days) == (one.state == ExceptionState.EXPIRED)
    assert one.lasts_days <= (policy.exception_days if policy else 365)
    if one.subject == ExceptionSubject.ACCOUNT:
        # The word by which certification knows that the second factor is excused.
        assert one.clause == "MFA"
    elif policy is not None:
        assert one.clause in {clause.number for clause in clauses_of(policy.bodies["en"])}
        assert one.clause not in policy.no_exception
    assert {
        ExceptionSubject.POLICY: policy is not None,
        ExceptionSubject.ACCOUNT: one.account in {plan.key for plan in PLANS if plan.line.code == one.line},
        ExceptionSubject.CRITERION: one.criterion in criteria(),
        ExceptionSubject.COURSE: one.course == "ACM" and one.person in ROLES,
    }[ExceptionSubject(one.subject)]


@pytest.mark.parametrize("one", TEXTS.findings, ids=lambda one: one.handle)
def test_a_finding_is_an_account_outside_of_the_register(one: DemoFinding) -> None:
    found = identify(default_catalogue(), platform=one.platform, handle=one.handle)

    assert found.account is not None
    assert (found.account.handle, found.problem) == (one.handle, "")
    assert one.platform in PLATFORMS
    assert (one.platform, one.handle) not in {(plan.platform, plan.handle) for plan in PLANS}
    assert one.line in CODES
    assert one.handled_by in ROLES
    assert one.state in KIND_STATES[FindingKind(one.kind)]
    assert (one.kind == FindingKind.UNKNOWN) == (one.state == FindingState.NEW) == (one.judgement is None)
    assert bool(one.takedown_reference) == (one.state in {FindingState.TAKEDOWN, FindingState.TAKEN_DOWN})
    assert 0 <= one.judged_after_days <= min(5, one.found_days_ago)


def test_findings_show_every_kind_and_work_at_every_stage() -> None:
    assert {one.kind for one in TEXTS.findings} == set(FindingKind.values)
    settled = [one for one in TEXTS.findings if one.state in SETTLED_STATES]
    assert (len(TEXTS.findings), len(settled)) == (8, 4)


def test_sweeps_answers_campaigns_and_changes_name_what_exists() -> None:
    policies = {one.type: one for one in shipped().policies}
    campaigns = (*TEXTS.campaigns, *TEXTS.certification_campaigns)

    for sweep in TEXTS.sweeps:
        assert sweep.lead in ROLES
        assert set(sweep.platforms) <= set(PLATFORMS)
        assert sweep.started_days_ago > sweep.days > 0
    for decline in TEXTS.declines:
        assert ROLES[decline.person] & set(policies[decline.policy].audience.roles)
    assert {code for one in campaigns for code in one.policies} <= set(policies)
    assert all(one.policies for one in TEXTS.campaigns)
    assert not any(one.policies for one in TEXTS.certification_campaigns)
    assert all(one.days > 0 for one in campaigns)
    assert {one.policy for one in TEXTS.changes} <= set(policies)
