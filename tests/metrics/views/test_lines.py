"""The list of lines and the page of a line."""

import pytest

from tests.factories import AccountFactory, LineFactory, RoleFactory

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("item_count", [1, 3, 30])
def test_line_list_asks_the_same_questions_for_one_and_three(hub, item_count, django_assert_num_queries):
    for _ in range(item_count):
        AccountFactory()
    hub.get("/lines/")

    with django_assert_num_queries(6):
        page = hub.get("/lines/")

    assert len(page.context["lines"]) == item_count


def test_line_list_puts_lines_right_below_their_parent(hub, tree):
    AccountFactory(line=tree.foods)
    LineFactory(code="AAA", parent=tree.america)

    lines = [line for line, _stage, _found in hub.get("/lines/").context["lines"]]

    assert [(line.code, len(line.indent), line.own_accounts) for line in lines] == [
        ("EU", 0, 0),
        ("FDE", 1, 1),
        ("US", 0, 0),
        ("AAA", 1, 0),
    ]


def test_line_list_comes_in_pages_that_keep_the_order_of_the_tree(hub, tree):
    for n in range(60):
        LineFactory(code=f"Z{n:02d}", parent=tree.foods)

    first, second = hub.get("/lines/"), hub.get("/lines/?page=2")

    codes = [line.code for page in (first, second) for line, _stage, _found in page.context["lines"]]
    assert len(first.context["lines"]) == 50
    assert codes == ["EU", "FDE", *(f"Z{n:02d}" for n in range(60)), "US"]
    assert "63 lines" in first.content.decode()
    assert "51 to 63 of 63" in second.content.decode()
    assert {len(line.indent) for line, _stage, _found in second.context["lines"]} == {2, 0}


def test_line_list_shows_the_own_subtree_only(lead, tree):
    assert [line.code for line, _stage, _found in lead.get("/lines/").context["lines"]] == ["EU", "FDE"]


def test_line_page_counts_accounts_with_their_denominator(lead, tree):
    AccountFactory(line=tree.foods, mfa_state="on")
    AccountFactory(line=tree.foods, state="requested")
    RoleFactory(line=tree.foods, user__name="Frida Foods")

    page = lead.get("/lines/fde/")

    assert page.status_code == 200
    assert page.context["accounts"] == {"total": 2, "live": 1, "owned": 0, "mfa": 1, "capable": 1}
    assert "Frida Foods" in page.content.decode()


def test_line_page_before_the_first_measurement_says_so(lead, tree):
    page = lead.get("/lines/FDE/")

    assert page.context["card"] is None
    assert "Not measured yet" in page.content.decode()


@pytest.mark.parametrize("url", ["/lines/US/", "/lines/nowhere/", "/lines/US/criteria/GOV-C1/"])
def test_line_page_outside_the_scope_is_not_found(lead, tree, url):
    assert lead.get(url).status_code == 404


@pytest.mark.parametrize("item_count", [1, 3])
def test_line_page_asks_the_same_questions_for_one_and_three(
    hub, tree, item_count, django_assert_num_queries
):
    for _ in range(item_count):
        AccountFactory(line=tree.foods)
        RoleFactory(line=tree.foods)
        LineFactory(parent=tree.foods)
    hub.get("/lines/FDE/")

    with django_assert_num_queries(9):
        assert hub.get("/lines/FDE/").status_code == 200


def test_line_list_of_a_hub_without_a_rubric_knows_no_late_lines(hub, tree):
    assert hub.get("/lines/?aim=late").context["lines"] == []
