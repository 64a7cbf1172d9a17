"""Saved mappings: look, change, remove; each by whoever made it or imports for the whole company."""

import pytest

from coe.models import SavedMapping
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db
COLUMNS = ["Kürzel", "Name"]


def _saved(name="Quarterly", owner=None, kind="lines", **document):
    return SavedMapping.objects.create(
        kind=kind, name=name, columns=COLUMNS, owner=owner or UserFactory(),
        mapping={"name": "by_hand", "kind": kind, "fields": {"code": "Kürzel"}, **document},
    )  # fmt: skip


def test_mappings_are_listed_with_those_that_ship(hub):
    _saved()

    page = hub.get("/imports/mappings/")

    assert [one.name for one in page.context["saved"]] == ["Quarterly"]
    assert "nyc_social_media_usage" in [one["name"] for one in page.context["shipped"]]


def test_a_mapping_gets_another_name_and_other_fields_and_keeps_how_the_file_is_read(hub):
    saved = _saved(sheet="Sheet 2", header_row=3)

    answer = hub.post(
        f"/imports/mappings/{saved.public_id}/", {"name": "Yearly", "column_0": "code", "column_1": "name"}
    )

    saved.refresh_from_db()
    assert (answer.status_code, saved.name) == (302, "Yearly")
    assert saved.mapping == {
        "name": "by_hand", "kind": "lines", "sheet": "Sheet 2", "header_row": 3, "fields": {"code": "Kürzel", "name": "Name"},
    }  # fmt: skip


@pytest.mark.parametrize("name", ["Taken", "us_congress", " "])
def test_a_name_that_cannot_be_is_refused_and_nothing_changes(hub, name):
    taken = _saved("Taken")
    saved = _saved(owner=taken.owner)

    answer = hub.post(f"/imports/mappings/{saved.public_id}/", {"name": name, "column_0": "code"})

    assert (answer.status_code, list(answer.context["form"].errors)) == (422, ["name"])
    assert sorted(SavedMapping.objects.values_list("name", flat=True)) == ["Quarterly", "Taken"]


def test_a_taken_name_is_replaced_when_that_was_said(hub):
    taken = _saved("Taken")
    saved = _saved(owner=taken.owner)

    hub.post(f"/imports/mappings/{saved.public_id}/", {"name": "Taken", "column_0": "code", "replace": "on"})

    assert list(SavedMapping.objects.values_list("pk", "name")) == [(saved.pk, "Taken")]


def test_a_mapping_is_removed(hub):
    saved = _saved()

    answer = hub.post(f"/imports/mappings/{saved.public_id}/delete/")

    assert (answer.url, SavedMapping.objects.exists()) == ("/imports/mappings/", False)


def test_a_line_lead_changes_their_own_mappings_only(lead):
    own, other = _saved("Own", owner=lead.user), _saved("Other")

    page = lead.get("/imports/mappings/")
    taken = lead.post(f"/imports/mappings/{own.public_id}/", {"name": "Other", "column_0": "code"})
    named = sorted(SavedMapping.objects.values_list("name", flat=True))

    assert [one.name for one in page.context["saved"]] == ["Own"]
    assert lead.get(f"/imports/mappings/{own.public_id}/").status_code == 200
    assert lead.get(f"/imports/mappings/{other.public_id}/").status_code == 404
    assert lead.post(f"/imports/mappings/{other.public_id}/delete/").status_code == 404
    assert (taken.status_code, named) == (302, ["Other", "Other"]), "what others call theirs is not told"
    other.refresh_from_db()
    assert other.mapping == _saved("A third").mapping


@pytest.mark.parametrize("item_count", [1, 3])
def test_the_list_asks_the_same_questions_for_one_and_three(hub, item_count, django_assert_num_queries):
    for number in range(item_count):
        _saved(f"Mapping {number}")
    hub.get("/imports/mappings/")

    with django_assert_num_queries(3):
        page = hub.get("/imports/mappings/")

    assert len(page.context["saved"]) == item_count
