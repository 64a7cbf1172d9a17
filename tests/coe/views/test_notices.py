"""The reader's inbox: what is new, read one, read all."""

import pytest

from coe.models import Notice, User
from coe.services.outbox import INBOX, enqueue
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db


def told(person, count, at, url="/accounts/"):
    """Notices in a person's inbox, oldest first."""
    for number in range(count):
        enqueue(
            key=f"{person.pk}-{number}",
            channel=INBOX,
            recipient=person,
            kind="test",
            subject=f"News {number}",
            url=url,
            at=at,
        )
    return list(Notice.objects.filter(user=person).order_by("id"))


@pytest.mark.parametrize("item_count", [1, 3])
def test_the_inbox_asks_the_same_questions_for_one_and_three(hub, at, item_count, django_assert_num_queries):
    told(hub.user, item_count, at)
    hub.get("/me/notices/")

    with django_assert_num_queries(4):
        page = hub.get("/me/notices/")

    assert [notice.subject for notice in page.context["page"]] == [
        f"News {number}" for number in reversed(range(item_count))
    ]


def test_the_bell_says_how_many_are_unread(hub, at):
    told(hub.user, 2, at)

    assert "Notifications, 2 unread" in hub.get("/me/notices/").content.decode()


def test_a_notice_is_read_on_the_way_to_its_page(hub, at):
    first, _second = told(hub.user, 2, at)

    answers = [hub.post(f"/me/notices/{first.public_id}/") for _twice in range(2)]

    assert [(one.status_code, one.url) for one in answers] == [(302, "/accounts/")] * 2
    assert User.objects.get(pk=hub.user.pk).unread_notices == 1
    assert [one.subject for one in hub.get("/me/notices/?show=unread").context["page"]] == ["News 1"]


def test_a_notice_never_sends_the_reader_to_another_site(hub, at):
    (notice,) = told(hub.user, 1, at, url="https://evil.example/")

    assert hub.post(f"/me/notices/{notice.public_id}/").url == "/me/notices/"


def test_all_notices_are_read_at_once_and_those_of_others_stay(hub, at):
    told(hub.user, 2, at)
    other = UserFactory()
    (untouched,) = told(other, 1, at)

    hub.post("/me/notices/read/")

    assert list(
        User.objects.filter(pk__in=[hub.user.pk, other.pk])
        .order_by("unread_notices")
        .values_list("pk", "unread_notices")
    ) == [
        (hub.user.pk, 0),
        (other.pk, 1),
    ]
    assert Notice.objects.get(pk=untouched.pk).read_at is None


def test_a_notice_of_somebody_else_is_not_found(hub, at):
    (notice,) = told(UserFactory(), 1, at)

    assert hub.post(f"/me/notices/{notice.public_id}/").status_code == 404
    assert Notice.objects.get(pk=notice.pk).read_at is None
