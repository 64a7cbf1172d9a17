"""My duties, the count in the menu, and the duties of the people one leads."""

from datetime import timedelta

import pytest
import time_machine

from coe.enums.roles import Role
from coe.models import Notice, User
from tests.factories import AT, AccountFactory, RoleFactory, TokenFactory, UserFactory

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


@pytest.fixture(autouse=True)
def _clock():
    with time_machine.travel(AT, tick=False):
        yield


def worker(line, count=1, **fields):
    """A person of a line whose tokens expire soon."""
    person = RoleFactory(line=line, role=Role.CONTRIBUTOR, user=UserFactory(open_duties=count, **fields)).user
    for number in range(count):
        TokenFactory(line=line, created_by=person, expires_at=AT + DAY, name=f"T{number}")
    return person


@pytest.mark.parametrize("count", [1, 3])
def test_my_duties_ask_the_same_questions_for_one_and_three(log_in, count, django_assert_num_queries):
    me = log_in()
    for _each in range(count):
        TokenFactory(created_by=me.user, expires_at=AT + DAY)
    me.get("/me/duties/")

    with django_assert_num_queries(21):
        page = me.get("/me/duties/")

    assert len(page.context["rows"]) == count


def test_the_menu_counts_what_the_page_shows(log_in):
    me = log_in()
    TokenFactory(created_by=me.user, expires_at=AT + DAY, name="Sprout")

    first = me.get("/me/duties/").content.decode()
    menu = me.get("/accounts/").context["hub"]["nav"]

    assert "Replace the token “Sprout” before it expires" in first
    assert "Due soon" in first
    assert [item["count"] for group in menu for item in group["items"] if item["url"] == "/me/duties/"] == [1]
    assert User.objects.get(pk=me.user.pk).open_duties == 1


def test_who_owes_nothing_reads_so(log_in):
    page = log_in().get("/me/duties/").content.decode()

    assert "You owe nothing" in page
    assert "Duties of my people" not in page


@pytest.mark.parametrize("count", [1, 3])
def test_my_people_ask_the_same_questions_for_one_and_three(lead, tree, count, django_assert_num_queries):
    for _each in range(count):
        worker(tree.foods, count)
    lead.get("/people/duties/")

    with django_assert_num_queries(24):
        page = lead.get("/people/duties/")

    assert [len(one["rows"]) for one in page.context["team"]] == [count] * count


def test_a_lead_is_told_of_the_duties_on_own_lines_only(lead, tree):
    person = worker(tree.foods, name="Willa")
    stranger = worker(tree.america, name="Strange")
    TokenFactory(line=tree.america, created_by=person, expires_at=AT + DAY, name="Secret")

    page = lead.get("/people/duties/").content.decode()

    assert "Willa" in page
    assert "“T0”" in page
    assert "Secret" not in page
    assert stranger.name not in page


def test_the_hub_is_told_of_everything(hub, tree):
    worker(tree.america, name="Willa")

    assert "Willa" in hub.get("/people/duties/").content.decode()


def test_people_without_a_line_to_lead_have_no_people(log_in):
    assert log_in(Role.AUDITOR).get("/people/duties/").status_code == 403


def test_a_lead_reminds_a_person_once_a_day(lead, tree):
    person = worker(tree.foods, name="Willa")

    said = [
        lead.post(f"/people/{person.public_id}/remind/", follow=True).content.decode() for _twice in range(2)
    ]

    assert "Willa was reminded." in said[0]
    assert "Willa has been reminded today already." in said[1]
    assert Notice.objects.filter(user=person).values_list("subject", "body").get() == (
        "Lena Lead reminds you of 1 duty",
        "Replace the token “T0” before it expires",
    )


def test_a_person_who_owes_nothing_here_is_not_reminded(lead, tree):
    person = RoleFactory(line=tree.foods, role=Role.VIEWER).user
    TokenFactory(line=tree.america, created_by=person, expires_at=AT + DAY)

    page = lead.post(f"/people/{person.public_id}/remind/", follow=True).content.decode()

    assert "has no open duty here" in page
    assert Notice.objects.count() == 0


def test_people_of_other_lines_and_oneself_are_not_reminded(lead, tree):
    for person in (worker(tree.america), lead.user):
        assert lead.post(f"/people/{person.public_id}/remind/").status_code == 404

    assert Notice.objects.count() == 0


def test_an_account_whose_owner_left_leads_to_the_list_of_such_accounts(lead, tree):
    account = AccountFactory(
        line=tree.europe, primary_owner=UserFactory(is_active=False, left_on=AT.date() - 5 * DAY)
    )
    AccountFactory(line=tree.europe)

    (row,) = lead.get("/me/duties/").context["rows"]

    assert row["word"] == "Overdue"
    assert [one.pk for one in lead.get(row["duty"].url).context["table"].page] == [account.pk]
