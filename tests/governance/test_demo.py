"""The governance of the demo company: each kind of record in each state that its texts name, and nothing left once the demo is left."""

from collections import Counter

import pytest
import time_machine
from django.apps import apps

from coe.demo.world import load_demo
from coe.services.leaving import empty_demo
from governance.demo.texts import demo_texts
from governance.library import shipped
from governance.models import (
    AccountCertification,
    Acknowledgement,
    Finding,
    Policy,
    PolicyCourse,
    PolicyException,
    PolicyVersion,
)

pytestmark = [pytest.mark.django_db, pytest.mark.xdist_group("demo-governance")]


def test_the_company_governs_itself_and_leaves_nothing_behind(at):
    with time_machine.travel(at, tick=False):
        load_demo(at=at)

        texts = demo_texts()
        models = {model.type for model in shipped().policies}
        assert set(Policy.objects.values_list("library_code", flat=True)) == models
        assert set(PolicyVersion.objects.in_force().values_list("policy__library_code", flat=True)) == models
        told = PolicyException.objects.values_list("state", flat=True)
        assert Counter(told) == Counter(one.state for one in texts.exceptions)
        assert Counter(Finding.objects.values_list("state", flat=True)) == Counter(
            one.state for one in texts.findings
        )
        declined = Acknowledgement.objects.filter(answer="declined")
        assert set(declined.values_list("version__policy__library_code", "person__name")) == {
            (one.policy, one.person) for one in texts.declines
        }
        assert PolicyCourse.objects.filter(policy__library_code="employee_use", course__code="FND").exists()
        assert AccountCertification.objects.filter(ended_at=None).count() > 50

        empty_demo(at=at)

    governance = apps.get_app_config("governance").get_models(include_auto_created=True)
    assert {
        model.__name__: model._default_manager.count()
        for model in governance
        if model._default_manager.exists()
    } == {}
