"""The first page."""

import pytest

from tests.factories import AccountFactory

pytestmark = pytest.mark.django_db


def test_dashboard_of_an_empty_hub_says_what_comes_first(hub):
    page = hub.get("/")

    assert page.status_code == 200
    assert page.context["programme"] is None


def test_dashboard_names_work_in_scope_with_its_page(lead, tree):
    AccountFactory(line=tree.foods, state="requested")
    AccountFactory(line=tree.america, state="requested")

    needs = lead.get("/").context["needs"]

    assert [(need["count"], need["url"]) for need in needs if "approval" in need["label"]] == [
        (1, "/accounts/?state=requested")
    ]


def test_dashboard_survives_a_page_that_is_no_number(hub):
    assert hub.get("/?page=x").status_code == 200
    assert hub.get("/?page=99999999999999999999").status_code == 200


def test_dashboard_of_a_person_without_a_role_opens(log_in):
    assert log_in().get("/").status_code == 200
