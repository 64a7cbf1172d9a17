"""The page of learning systems: who waits, who may say whom it is, and that nothing of other lines is shown."""

import datetime as dt

import pytest
from django.test import Client

from coe.enums.roles import Role
from tests.factories import LineFactory, RoleFactory, UserFactory
from tests.training.services.test_statements import AUTHORITY, said
from tests.training.world import BY, taught
from training.models import ActivityMatch, Completion, PersonMatch, Statement
from training.services.matching import match_activity, match_person
from training.services.statements import take_statements

pytestmark = pytest.mark.django_db
PAGE = "/training/learning-systems/"


@pytest.fixture
def line():
    """The line whose learning system speaks."""
    return LineFactory(code="EU")


@pytest.fixture
def ana(line):
    """Somebody of the line whom the learning system calls otherwise."""
    user = UserFactory(email="ana@example.com", name="Ana")
    RoleFactory(user=user, role=Role.CONTRIBUTOR, line=line)
    return user


@pytest.fixture
def course():
    """A published course."""
    return taught("FND").course


@pytest.fixture
def browser_of(line):
    """A browser in which somebody with a role is logged in."""

    def make(role: Role, on=line) -> Client:
        user = UserFactory()
        RoleFactory(user=user, role=role, line=None if role in (Role.HUB_LEAD, Role.HUB_MEMBER) else on)
        client = Client()
        client.force_login(user, backend="coe.backends.HubBackend")
        return client

    return make


def account(name: str) -> dict[str, object]:
    """An agent by account."""
    return {"name": f"Name {name}", "account": {"homePage": "https://lms.example.com", "name": name}}


def waiting(course, line, at: dt.datetime, *names: str, activity: str = "") -> None:
    """Statements of people, or of an activity, that nobody knows."""
    documents = [said(activity or course.activity_id, actor=account(name)) for name in names]
    take_statements(documents, line=line, authority=AUTHORITY, version="1.0.0", by=BY, at=at)


def test_a_lead_says_who_somebody_is_and_what_waited_counts(browser_of, line, ana, course, at) -> None:
    waiting(course, line, at, "e1")
    lead = browser_of(Role.LINE_LEAD)
    page = lead.get(PAGE).content.decode()
    assert "Name e1" in page
    assert "https://lms.example.com e1" in page

    answer = lead.post(
        f"{PAGE}people/",
        {"kind": "account", "value": "https://lms.example.com e1", "email": "Ana@example.com"},
        follow=True,
    )

    assert "1 waiting statement counts now" in answer.content.decode()
    assert Completion.objects.standing().get().user == ana
    match = PersonMatch.objects.get()
    assert (
        "1 statement waits again"
        in lead.post(f"{PAGE}people/{match.public_id}/remove/", follow=True).content.decode()
    )
    assert not Completion.objects.standing().exists()
    assert not PersonMatch.objects.exists()


def test_an_address_of_nobody_in_scope_is_refused(browser_of, line, course, at) -> None:
    UserFactory(email="else@example.com")
    waiting(course, line, at, "e1")

    answer = browser_of(Role.LINE_LEAD).post(
        f"{PAGE}people/",
        {"kind": "account", "value": "https://lms.example.com e1", "email": "else@example.com"},
        follow=True,
    )

    assert "Nobody in your scope has this address." in answer.content.decode()
    assert not PersonMatch.objects.exists()


def test_what_does_not_wait_in_ones_lines_cannot_be_matched(browser_of, line, ana, course, at) -> None:
    waiting(course, LineFactory(code="US"), at, "e1")
    lead = browser_of(Role.LINE_LEAD)

    assert "Name e1" not in lead.get(PAGE).content.decode()
    form = {"kind": "account", "value": "https://lms.example.com e1", "email": "ana@example.com"}
    assert lead.post(f"{PAGE}people/", form).status_code == 404
    assert not PersonMatch.objects.exists()


def test_a_match_that_is_taken_says_so(browser_of, line, ana, course, at) -> None:
    waiting(course, line, at, "e1")
    PersonMatch.objects.create(kind="account", value="https://lms.example.com e1", user=UserFactory())

    answer = browser_of(Role.LINE_LEAD).post(
        f"{PAGE}people/",
        {"kind": "account", "value": "https://lms.example.com e1", "email": "ana@example.com"},
        follow=True,
    )

    assert "matched already" in answer.content.decode()


def test_the_hub_says_which_course_an_activity_is(browser_of, line, ana, course, at) -> None:
    activity = "https://lms.example.com/101"
    document = said(
        activity, object={"id": activity, "definition": {"name": {"fr": "Réseaux 101", "en": "Social 101"}}}
    )
    take_statements([document], line=line, authority=AUTHORITY, version="1.0.0", by=BY, at=at)
    lead, hub = browser_of(Role.LINE_LEAD), browser_of(Role.HUB_LEAD)
    form = {"activity": activity, "course": "FND"}

    assert "Social 101" in lead.get(PAGE).content.decode()
    assert lead.post(f"{PAGE}activities/", form).status_code == 403
    assert hub.post(f"{PAGE}activities/", {**form, "activity": "https://x.example.com"}).status_code == 404
    assert (
        "Select a valid choice"
        in hub.post(f"{PAGE}activities/", {**form, "course": "X"}, follow=True).content.decode()
    )
    assert not ActivityMatch.objects.exists()
    assert (
        "1 waiting statement counts now" in hub.post(f"{PAGE}activities/", form, follow=True).content.decode()
    )
    match = ActivityMatch.objects.get()
    assert lead.post(f"{PAGE}activities/{match.public_id}/remove/").status_code == 403
    assert (
        "1 statement waits again"
        in hub.post(f"{PAGE}activities/{match.public_id}/remove/", follow=True).content.decode()
    )
    assert Statement.objects.get().state == "parked"


def test_who_keeps_no_records_stays_outside(browser_of, line, ana, course, at) -> None:
    match, _done = match_person(kind="openid", value="https://id.example.com/1", user=ana, by=BY, at=at)
    viewer, stranger = browser_of(Role.VIEWER), browser_of(Role.LINE_LEAD, LineFactory(code="US"))

    assert viewer.get(PAGE).status_code == 403
    assert viewer.post(f"{PAGE}people/", {}).status_code == 403
    assert viewer.post(f"{PAGE}people/{match.public_id}/remove/").status_code == 403
    assert stranger.post(f"{PAGE}people/{match.public_id}/remove/").status_code == 404
    assert "https://id.example.com/1" not in stranger.get(PAGE).content.decode()
    assert PersonMatch.objects.count() == 1


@pytest.mark.parametrize("role", [Role.LINE_LEAD, Role.HUB_LEAD])
def test_the_page_asks_the_same_for_one_and_for_three(
    browser_of, line, ana, course, at, role, django_assert_num_queries
) -> None:
    client = browser_of(role)
    client.get(PAGE)
    for number in (1, 2, 3):
        waiting(course, line, at, f"e{number}", activity=f"https://lms.example.com/{number}")
        match_person(kind="openid", value=f"https://id.example.com/{number}", user=ana, by=BY, at=at)
        match_activity(activity=f"https://other.example.com/{number}", course=course, by=BY, at=at)
        with django_assert_num_queries(11 if role == Role.HUB_LEAD else 9):
            page = client.get(PAGE).content.decode()
        assert page.count('name="email"') == number


def test_what_does_not_count_is_listed_with_reason_and_judged_again(
    browser_of, line, ana, course, at, django_assert_num_queries
) -> None:
    ana.joined_on = dt.date(2026, 11, 10)
    ana.save()
    below, elsewhere = LineFactory(parent=line), LineFactory(code="US")
    client, page = browser_of(Role.LINE_LEAD), f"{PAGE}statements/"
    client.get(page)
    take = {"authority": AUTHORITY, "version": "1.0.0", "by": BY, "at": at}
    take_statements([said(course.activity_id)], line=line, **take)
    with django_assert_num_queries(4):
        assert len(client.get(page).context["page"]) == 1
    waiting(course, below, at, "e1", activity="https://lms.example.com/9")
    waiting(course, line, at, "e2")
    waiting(course, elsewhere, at, "far")
    with django_assert_num_queries(4):
        text = client.get(page).content.decode()
    for words in (
        "Ana joined on 2026-11-10", "Name e1", "Nobody of the line is known by this identifier.", "No course has this activity.",
    ):  # fmt: skip
        assert words in text
    assert "Name far" not in text
    assert [row.state for row in client.get(f"{page}?state=refused").context["page"]] == ["refused"]

    refused, far = Statement.objects.get(state="refused"), Statement.objects.get(line=elsewhere)
    judge = f"{page}{refused.public_id}/judge/"
    viewer = browser_of(Role.VIEWER)
    assert (viewer.get(page).status_code, viewer.post(judge).status_code) == (403, 403)
    assert client.post(f"{page}{far.public_id}/judge/").status_code == 404
    assert "It still does not count. Ana joined" in client.post(judge, follow=True).content.decode()
    assert not Completion.objects.exists()
    ana.joined_on = None
    ana.save()
    assert "The statement counts now." in client.post(judge, follow=True).content.decode()
    assert Completion.objects.get().user == ana
    assert client.post(judge).status_code == 404
