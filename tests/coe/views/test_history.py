"""The change history in scope, told in words."""

import pytest

from coe.rules.principals import Actor
from coe.services.lines import edit_line

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("item_count", [1, 3])
def test_history_asks_the_same_questions_for_one_and_three(
    hub, tree, at, item_count, django_assert_num_queries
):
    for step in range(item_count):
        edit_line(tree.foods, changes={"name": f"Name {step}"}, by=Actor.system(), at=at)
    hub.get("/history/")

    with django_assert_num_queries(4):
        page = hub.get("/history/")

    assert len(page.context["events"]) == item_count


def test_history_tells_what_changed_in_words(hub, tree, at):
    edit_line(tree.foods, changes={"name": "Food"}, by=Actor.system("nightly"), at=at, why="Renamed")

    (told,) = hub.get("/history/").context["events"]

    assert (told.title, told.text, told.who, told.why) == (
        "Line: edited",
        "name: Foods Europe → Food",
        "nightly",
        "Renamed",
    )


def test_history_of_others_lines_is_not_told(lead, tree, at):
    edit_line(tree.america, changes={"name": "A"}, by=Actor.system(), at=at)
    edit_line(tree.foods, changes={"name": "F"}, by=Actor.system(), at=at)

    assert [told.object_id for told in lead.get("/history/").context["events"]] == [tree.foods.public_id]


def test_history_is_closed_to_those_without_the_right(log_in):
    assert log_in().get("/history/").status_code == 403


def test_history_goes_on_at_the_cursor_and_survives_nonsense(hub, tree, at):
    for step in range(51):
        edit_line(tree.foods, changes={"name": f"Name {step}"}, by=Actor.system(), at=at)

    first = hub.get("/history/")
    rest = hub.get(f"/history/?cursor={first.context['page'].next_cursor}")

    assert (len(first.context["events"]), len(rest.context["events"])) == (50, 1)
    assert hub.get("/history/?cursor=x&object=y").status_code == 200


def test_a_view_of_the_history_and_of_the_imports_is_saved_and_found_again(hub):
    for path, query in (
        ("/history/", "object=0190c0de-0000-7000-8000-000000000001"),
        ("/imports/", "state=applied"),
    ):
        kept = hub.post("/views/", {"path": path, "name": f"Mine {path}", "query": query})
        page = hub.get(f"{path}?{query}")

        assert kept.url == f"{path}?{query}"
        assert [(view["label"], view["url"], view["current"]) for view in page.context["saved"]] == [
            (f"Mine {path}", f"{path}?{query}", True)
        ]
        assert f"Mine {path}" in page.content.decode()
    assert hub.get("/history/").context["saved"][0]["current"] is False
