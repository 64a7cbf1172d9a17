"""A model text becomes a policy whose audience and courses are those that the model names and this hub has."""

import pytest

from coe.errors import Duplicate
from coe.models import ChangeEvent
from governance.library import shipped
from governance.models import AudienceRule, Policy, PolicyCourse
from governance.services.adopting import adopt_model
from tests.factories import AT
from tests.governance.world import BY
from training.models import Course
from training.services.paths import load_paths

pytestmark = pytest.mark.django_db


def model(is_everyone: bool):
    return next(one for one in shipped().policies if one.audience.is_everyone == is_everyone and one.courses)


def taught(policy):
    return set(
        PolicyCourse.objects.filter(policy=policy, ended_at=None).values_list("course__code", flat=True)
    )


@pytest.mark.parametrize("is_everyone", [True, False])
def test_adopting_sets_the_audience_and_teaches_the_courses_of_the_model(is_everyone):
    load_paths(by=BY, at=AT)
    one = model(is_everyone)

    policy = adopt_model(one, values={}, by=BY, at=AT).policy

    roles = AudienceRule.objects.filter(policy=policy).values_list("role", "line", "platform")
    wanted = [("", None, None)] if is_everyone else [(role, None, None) for role in one.audience.roles]
    assert sorted(roles) == sorted(wanted)
    assert taught(policy) == set(one.courses)
    told = set(ChangeEvent.objects.filter(object_type="governance.policy").values_list("action", flat=True))
    assert {"policy.audience_changed", "policy.adopted"} <= told
    assert ChangeEvent.objects.filter(action="policy_course.made").count() == len(one.courses)


def test_courses_the_hub_lacks_or_has_retired_are_left_out():
    one = model(True)
    assert taught(adopt_model(one, values={}, by=BY, at=AT).policy) == set()

    load_paths(by=BY, at=AT)
    other = next(model for model in shipped().policies if model.type != one.type and len(model.courses) > 1)
    gone, *kept = other.courses
    Course.objects.filter(code=gone).update(retired_at=AT)
    assert taught(adopt_model(other, values={}, by=BY, at=AT).policy) == set(kept)


def test_a_second_adoption_writes_nothing():
    load_paths(by=BY, at=AT)
    one = model(True)
    adopt_model(one, values={}, by=BY, at=AT)
    before = [kind.objects.count() for kind in (Policy, AudienceRule, PolicyCourse, ChangeEvent)]

    with pytest.raises(Duplicate):
        adopt_model(one, values={}, by=BY, at=AT)

    assert [kind.objects.count() for kind in (Policy, AudienceRule, PolicyCourse, ChangeEvent)] == before
