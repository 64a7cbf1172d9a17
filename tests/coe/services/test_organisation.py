"""The settings of the company: what is right is kept, what is wrong is named."""

import pytest

from coe.errors import Invalid, Stale
from coe.models import ChangeEvent, Organisation
from coe.rules.principals import Actor
from coe.services.organisation import edit_organisation, organisation
from tests.factories import AT

pytestmark = pytest.mark.django_db
BY = Actor.system("test")


def test_settings_change_together_with_a_new_revision():
    changes = {"name": " Acme ", "language": "fr", "corporate_domains": ["Example.com"], "dormancy_days": 60}

    row = edit_organisation(changes=changes, by=BY, at=AT, why="Merger")

    assert (row.name, row.language, row.corporate_domains, row.dormancy_days, row.revision) == (
        "Acme", "fr", ["example.com"], 60, 2,
    )  # fmt: skip
    assert ChangeEvent.objects.get().why == "Merger"


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"name": ""}, "name"),
        ({"language": "xx"}, "language"),
        ({"time_zone": "Mars/Olympus"}, "time_zone"),
        ({"dormancy_days": 0}, "dormancy_days"),
        ({"dormancy_days": -3}, "dormancy_days"),
        ({"corporate_domains": ["not a domain"]}, "corporate_domains"),
        ({"corporate_domains": "example.com"}, "corporate_domains"),
        ({"is_demo": True}, "is_demo"),
    ],
)
def test_a_wrong_setting_is_named_and_nothing_is_kept(changes, field):
    organisation()

    with pytest.raises(Invalid) as caught:
        edit_organisation(changes={"dormancy_days": 30, **changes}, by=BY, at=AT)

    assert [problem.field for problem in caught.value.problems] == [field]
    assert (Organisation.objects.get().dormancy_days, ChangeEvent.objects.count()) == (90, 0)


def test_an_old_revision_is_refused():
    edit_organisation(changes={"name": "Acme"}, by=BY, at=AT)

    with pytest.raises(Stale):
        edit_organisation(changes={"name": "Emca"}, by=BY, at=AT, expected_revision=1)

    assert Organisation.objects.get().name == "Acme"
