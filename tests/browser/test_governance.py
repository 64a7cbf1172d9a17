"""Governance in a real browser: axe over its pages, and a policy that a hub publishes and a person accepts."""

from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from coe.enums.roles import Role
from coe.rules.principals import actor_of
from governance.library import shipped
from governance.models import Acknowledgement, PolicyVersion
from governance.services.access_rules import make_rule
from governance.services.acknowledgement_campaigns import plan_campaign
from governance.services.certification_campaigns import plan_certification_campaign
from governance.services.exceptions import request_exception
from governance.services.findings import judge_finding, report_finding
from governance.services.grants import request_access
from governance.services.policy_courses import teach_policy
from governance.services.reviews import decide_review
from governance.services.sweeps import start_sweep
from tests.browser.looking import look_at
from tests.factories import PlatformFactory, RoleFactory, UserFactory
from tests.governance.world import BY, TEXTS, drafted, policy, published, submitted
from tests.training.world import taught

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def governed(company):
    """A record of each kind, and the addresses of the pages that tell of them."""
    now, hub = timezone.now(), company["hub"]
    by, account = actor_of(hub), company["account"]
    person = UserFactory(name="Emil Employee", email="emil@example.com")
    RoleFactory(user=person, role=Role.CONTRIBUTOR, line=company["foods"])
    version = published("use", at=now - timedelta(days=3))
    submitted(drafted(version.policy, texts={**TEXTS, "en": "## 1. Purpose\n\nSpeak for *us*."}), [hub])
    drafted(policy("brand"))
    course = taught().course
    teach_policy(version.policy, course=course, by=BY, at=now)
    make_rule(level="publisher", course=course, platform=account.platform, tier=1, by=BY, at=now)
    round_ = plan_campaign(
        name="Yearly",
        policies=[version.policy],
        starts_at=now,
        due_at=now + timedelta(days=30),
        by=BY,
        at=now,
    )
    exception = request_exception(
        subject="policy", policy=version.policy, line=company["foods"], title="The archive moves", reason="It moves.",
        compensating_control="Weekly exports.", expires_at=now + timedelta(days=60), approver=hub, by=actor_of(person), at=now,
    )  # fmt: skip
    request_access(person=person, account=account, level="analyst", by=by, at=now)
    request_access(person=person, account=account, level="admin", by=by, at=now)
    certifying = plan_certification_campaign(name="Spring", due_at=now + timedelta(days=30), by=BY, at=now)
    sweep = start_sweep(name="Spring sweep", platforms=[PlatformFactory(code="x")], by=by, at=now)
    fresh, judged = (
        report_finding(url=f"https://x.com/{name}", by=by, at=now, description="It uses our logo.")
        for name in ("acme_fans", "acme_help")
    )
    judge_finding(judged, kind="impostor", judgement="Asks for passwords", person=hub, by=by, at=now)
    kind = shipped().policies[0].type
    return [
        "/policies/", "/policies/new/", "/policies/import/", "/policies/library/", f"/policies/library/{kind}/", "/policies/use/",
        "/policies/use/edit/", "/policies/use/versions/1.0/", "/policies/use/versions/2.0/", "/policies/use/versions/2.0/review/",
        "/policies/use/versions/2.0/changes/", "/policies/brand/versions/1.0/edit/", "/policies/brand/versions/1.0/submit/",
        "/policies/use/audience/", "/policies/use/acknowledge/", f"/policies/use/acknowledge/{person.public_id}/", "/policies/mine/",
        "/policies/coverage/", "/policies/coverage/use/FDE/", "/policies/campaigns/", "/policies/campaigns/new/", round_.get_absolute_url(),
        "/exceptions/", "/exceptions/new/", exception.get_absolute_url(), f"/exceptions/{exception.public_id}/decide/",
        "/access/", "/access/rules/", "/access/rules/new/", f"/accounts/{account.public_id}/access/",
        "/certification/", f"/accounts/{account.public_id}/certify/", "/certification/campaigns/", "/certification/campaigns/new/",
        certifying.get_absolute_url(), "/discovery/", "/discovery/report/", fresh.get_absolute_url(), judged.get_absolute_url(),
        "/discovery/sweeps/", "/discovery/sweeps/new/", sweep.get_absolute_url(), f"/people/{person.public_id}/leave/",
        "/people/leavers/", f"/people/{person.public_id}/",
    ]  # fmt: skip


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [1440, 390])
def test_no_page_of_governance_has_an_axe_finding(enter, governed, theme, width):
    assert look_at(enter("/", theme), governed, width=width) == ({}, [])


def test_a_hub_publishes_what_was_approved_and_a_person_accepts_the_words(enter, company):
    hub, reviewer = company["hub"], UserFactory(name="Rea Reviewer")
    version = submitted(drafted(policy("use")), [reviewer])
    decide_review(
        version, outcome="approved", sha256=version.sha256, by=actor_of(reviewer), at=timezone.now()
    )
    page = enter("/policies/use/versions/1.0/")

    page.get_by_role("link", name="Publish").click()
    page.get_by_role("button", name="Publish, with all of this").click()
    expect(page.get_by_text("Speak for yourself.")).to_be_visible()
    version.refresh_from_db()
    assert (version.state, PolicyVersion.objects.in_force().get()) == ("published", version)

    page.get_by_role("link", name="Read and answer").click()
    page.get_by_role("button", name="I have read this and accept it").click()
    expect(page.get_by_text("Thank you. Your acceptance is recorded.")).to_be_visible()
    given = Acknowledgement.objects.get()
    assert (given.person, given.version, given.answer, given.language) == (hub, version, "accepted", "en")
