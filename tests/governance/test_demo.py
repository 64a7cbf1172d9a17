"""The governance of the demo company: every state a reader looks for, dated honestly, the same at every load, and gone with the demo."""

import datetime as dt
import io

import pytest
import time_machine
from django.apps import apps
from django.db import transaction
from django.db.models import F

from coe.demo.company import LEAVER
from coe.demo.world import load_demo
from coe.engine.ticking import tick
from coe.models import SocialAccount
from coe.registries import demo_builders
from coe.rules.principals import Actor, actor_of
from coe.selectors.invariants import broken_invariants
from coe.services.leaving import leave_demo
from governance.demo.texts import demo_texts
from governance.enums.certification import Standing
from governance.library import shipped
from governance.models import (
    AccessGrant,
    Acknowledgement,
    AcknowledgementCampaign,
    CertificationCampaign,
    DiscoverySweep,
    Finding,
    FindingEvidence,
    Policy,
    PolicyCourse,
    PolicyDue,
    PolicyException,
    PolicyVersion,
)
from governance.selectors.access import Wanted, bases
from governance.selectors.certification import with_standing
from governance.services.audience import tell_campaign
from governance.services.evidence import add_evidence, path_of
from metrics.services.rubrics import ensure_rubrics

pytestmark = [pytest.mark.django_db, pytest.mark.xdist_group("demo-governance")]
LOADED_AT = dt.datetime(2026, 11, 23, 9, 0, tzinfo=dt.UTC)


def _rubrics(world):
    # An exception is from one of their criteria.
    if world.is_first:
        ensure_rubrics(by=world.by, at=world.at)


@pytest.fixture(scope="module")
def company(django_db_setup, django_db_blocker):
    """The demo company without its figures, loaded once for the module and rolled back at its end."""
    kept = dict(demo_builders._items)
    demo_builders._items = kept | {"metrics": _rubrics}
    try:
        with django_db_blocker.unblock(), transaction.atomic():
            yield load_demo(at=LOADED_AT)
            transaction.set_rollback(True)
    finally:
        demo_builders._items = kept


def told():
    """What people see of it, without ids."""
    reads = (
        (Acknowledgement, ("version__policy__code", "person__email", "answer", "at")),
        (AccessGrant, ("account__url", "person__email", "level", "state", "review_due_at")),
        (PolicyDue, ("policy__code", "person__email", "from_at", "due_at", "answer", "ended")),
        (PolicyException, ("title", "state", "expires_at")),
        (Finding, ("handle", "kind", "state")),
        (SocialAccount, ("url", "certifications__at", "certifications__ended")),
    )
    return [list(model.objects.order_by(*names).values_list(*names)) for model, names in reads]


def counts():
    return {model.__name__: model.objects.count() for model in apps.get_app_config("governance").get_models()}


def test_nothing_is_inconsistent_and_nothing_lies_ahead_of_the_day_of_loading(company):
    # Invariants ask what time it is; the company was brought to the present of its day of loading.
    with time_machine.travel(LOADED_AT, tick=False):
        assert broken_invariants() == []
    assert not Acknowledgement.objects.filter(at__gt=LOADED_AT).exists()
    assert not PolicyDue.objects.filter(settled_at__lt=F("from_at"), answer="declined").exists()
    assert not SocialAccount.objects.filter(certifications__at__gt=LOADED_AT).exists()


def test_every_model_text_is_in_force_and_is_taught(company):
    library = shipped()
    in_force = PolicyVersion.objects.in_force().values_list("policy__library_code", flat=True)
    assert sorted(in_force) == sorted(one.type for one in library.policies)
    assert set(PolicyCourse.objects.values_list("policy__library_code", "course__code")) == {
        (one.type, course) for one in library.policies for course in one.courses
    }
    changed = Policy.objects.filter(versions__state="superseded").values_list("library_code", flat=True)
    assert set(changed) == {one.policy for one in demo_texts().changes}


def test_people_accepted_declined_owe_and_are_late(company):
    open_now = PolicyDue.objects.filter(until_at=None, answer="")
    late = open_now.filter(due_at__lt=LOADED_AT).count()
    assert 0 < late < open_now.count() < Acknowledgement.objects.filter(answer="accepted").count()
    standing = PolicyDue.objects.filter(until_at=None, answer="declined")
    assert set(standing.values_list("policy__library_code", "person__name")) == {
        (one.policy, one.person) for one in demo_texts().declines
    }


def test_rounds_stand_where_their_days_put_them(company):
    for model, texts in (
        (AcknowledgementCampaign, demo_texts().campaigns), (CertificationCampaign, demo_texts().certification_campaigns),
    ):  # fmt: skip
        wanted = {
            one.name["en"]: "planned" if one.starts_days_ago < 0
            else "running" if one.days > one.starts_days_ago else "ended"
            for one in texts
        }  # fmt: skip
        assert dict(model.objects.values_list("name", "state")) == wanted
    asked = PolicyDue.objects.filter(campaign__is_repeated=True, until_at=None)
    assert asked.filter(answer="accepted", settled_by__campaign=F("campaign")).exists()
    assert asked.filter(answer="").exists()


def test_the_first_turn_of_the_clocks_begins_and_ends_no_round(company):
    """Nothing was left for the worker to make up for: a hub that runs tells the same as the day it was loaded."""

    def rounds():
        owed = PolicyDue.objects.filter(until_at=None, answer="").count()
        return [
            list(model.objects.order_by("pk").values_list("name", "state"))
            for model in (AcknowledgementCampaign, CertificationCampaign)
        ], owed

    before = rounds()
    with transaction.atomic():
        tick(at=LOADED_AT + dt.timedelta(minutes=5))
        for row in AcknowledgementCampaign.objects.filter(state="running"):
            tell_campaign(campaign_id=row.pk, at=LOADED_AT + dt.timedelta(minutes=6))
        after = rounds()
        transaction.set_rollback(True)
    assert after == before


def test_exceptions_sweeps_and_findings_are_those_of_the_texts(company):
    texts = demo_texts()
    assert dict(PolicyException.objects.values_list("title", "state")) == {
        one.title["en"]: one.state for one in texts.exceptions
    }
    assert set(Finding.objects.values_list("handle", "kind", "state")) == {
        (one.handle, one.kind, one.state) for one in texts.findings
    }
    assert set(DiscoverySweep.objects.values_list("name", "state")) == {
        (one.name["en"], "completed") for one in texts.sweeps
    }


def test_nobody_has_access_without_the_course_and_what_the_leaver_had_is_asked_back(company):
    held = list(AccessGrant.objects.filter(state="active").select_related("account"))
    found = bases([Wanted(row.person_id, row.account, row.level) for row in held], at=LOADED_AT)
    lacking = sum(1 for basis in found if basis.missing)
    assert len(held) > 0
    # Certificates run out in the demo, too: the clock asks such access back at its first look.
    assert lacking < len(held) / 4
    due = sum(1 for row in held if row.review_due_at <= LOADED_AT)
    assert 0 < due < len(held)
    assert {row.person.name for row in AccessGrant.objects.filter(revoke_cause="left")} == {LEAVER[0]}
    assert AccessGrant.objects.filter(state="requested", level="admin").count() == 2
    assert not AccessGrant.objects.filter(granted_by=F("requested_by"), level="admin").exists()


def test_accounts_are_certified_due_and_open_again(company):
    rows = with_standing(SocialAccount.objects.live(), at=LOADED_AT).values_list("standing", flat=True)
    assert set(rows) == set(Standing.values)


def test_a_second_load_on_the_same_day_tells_the_same(company):
    before = told()
    with transaction.atomic():
        load_demo(at=LOADED_AT, reset=True)
        after = told()
        transaction.set_rollback(True)
    assert after == before


def test_leaving_removes_every_record_and_the_files(
    company, settings, tmp_path, django_capture_on_commit_callbacks
):
    settings.MEDIA_ROOT = tmp_path
    kept = counts()
    with transaction.atomic():
        rui = company.people["Rui Carvalho"]
        picture = io.BytesIO(b"\x89PNG\r\n\x1a\n" + bytes(20))
        add_evidence(Finding.objects.first(), person=rui, by=actor_of(rui), at=LOADED_AT, file=picture)
        path = path_of(FindingEvidence.objects.get())
        assert path.exists()
        with django_capture_on_commit_callbacks(execute=True):
            leave_demo(by=Actor.system("test"), at=LOADED_AT)
        left = counts()
        transaction.set_rollback(True)
    assert all(kept[name] for name in kept if name != "FindingEvidence")
    assert left == dict.fromkeys(kept, 0)
    assert not path.exists()
