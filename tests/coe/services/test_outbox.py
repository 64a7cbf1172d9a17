"""What leaves the hub leaves once."""

import sys
from datetime import timedelta

import pytest
from django.core import mail
from django.db import connection

from coe.enums.work import OutboxState
from coe.models import Notice, OutboxMessage, User
from coe.services.outbox import EMAIL, INBOX, MOST_ATTEMPTS, Message, deliver_due, enqueue, enqueue_many
from tests.factories import AT, UserFactory

pytestmark = pytest.mark.django_db


def put(person, *, key="k", channel=EMAIL):
    return enqueue(
        key=key,
        channel=channel,
        recipient=person,
        kind="test",
        subject="Hello",
        body="World",
        url="/x/",
        at=AT,
    )


def test_an_email_is_sent_once_however_often_it_is_asked_for():
    person = UserFactory()
    put(person)
    put(person)

    assert (deliver_due(at=AT), deliver_due(at=AT)) == (1, 0)
    assert [(one.subject, one.to) for one in mail.outbox] == [("Hello", [person.email])]
    assert OutboxMessage.objects.get().state == OutboxState.SENT


def test_a_notice_is_in_the_inbox_at_once():
    person = UserFactory()

    put(person, channel=INBOX)
    put(person, channel=INBOX)

    person.refresh_from_db()
    assert (Notice.objects.get().subject, person.unread_notices, mail.outbox) == ("Hello", 1, [])


def test_a_failing_server_is_asked_again_later_and_in_the_end_no_more(settings):
    settings.EMAIL_BACKEND = "tests.coe.services.test_outbox.no_such_backend"
    put(UserFactory())

    at = AT
    for _attempt in range(MOST_ATTEMPTS + 3):
        assert deliver_due(at=at) == 0
        at += timedelta(days=1)

    message = OutboxMessage.objects.get()
    assert (message.state, message.attempts) == (OutboxState.FAILED, MOST_ATTEMPTS)


def test_people_who_left_get_no_mail():
    put(UserFactory(is_active=False))

    deliver_due(at=AT)

    assert (OutboxMessage.objects.get().state, mail.outbox) == (OutboxState.SUPPRESSED, [])


def test_a_message_whose_worker_died_is_uncertain_not_doubled():
    message = put(UserFactory())
    OutboxMessage.objects.filter(pk=message.pk).update(state=OutboxState.LEASED, lease_until=AT, attempts=1)

    deliver_due(at=AT)

    assert (OutboxMessage.objects.get().state, mail.outbox) == (OutboxState.UNCERTAIN, [])


@pytest.mark.parametrize("count", [1, 3])
def test_many_messages_cost_the_same_and_a_second_time_nothing_is_new(count, django_assert_num_queries):
    people = UserFactory.create_batch(count)
    messages = [
        Message(f"{person.pk}:{channel}", channel, person, "test", "Hello")
        for person in people
        for channel in (EMAIL, INBOX)
    ]

    with django_assert_num_queries(6):  # two of them the savepoint
        assert enqueue_many(messages, at=AT) == 2 * count
    assert enqueue_many(messages, at=AT) == 0

    assert [User.objects.get(pk=person.pk).unread_notices for person in people] == [1] * count
    assert Notice.objects.count() == count


def _calls(messages: list[Message]) -> int:
    """How many Python functions are called to write messages: work in memory that no count of queries shows."""
    calls = 0

    def count(_frame: object, event: str, _argument: object) -> None:
        nonlocal calls
        calls += event == "call"

    sys.setprofile(count)
    try:
        enqueue_many(messages, at=AT)
    finally:
        sys.setprofile(None)
    return calls


@pytest.mark.parametrize("count", [1, 3, 1000])
def test_a_thousand_notices_cost_as_many_statements_as_one(count, django_assert_num_queries):
    person = UserFactory()
    messages = [Message(f"{n}", INBOX, person, "test", "Hello") for n in range(count)]

    # SQLite takes at most 999 parameters a statement, and therefore fewer rows.
    with django_assert_num_queries(31 if count == 1000 and connection.vendor == "sqlite" else 6):
        assert enqueue_many(messages, at=AT) == count

    assert User.objects.get(pk=person.pk).unread_notices == Notice.objects.count() == count


def test_ten_times_the_messages_are_ten_times_the_work():
    person = UserFactory()
    few, many = (
        [Message(f"{count}:{n}", INBOX, person, "test", "Hello") for n in range(count)]
        for count in (100, 1000)
    )
    _calls([Message("warm", INBOX, person, "test", "Hello")])

    assert _calls(many) < 12 * _calls(few)


def test_a_suppressed_message_is_written_down_and_goes_nowhere():
    person, other = UserFactory(), UserFactory(muted_mail=["test"])
    enqueue_many(
        [
            Message("a", INBOX, person, "test", "Hello", suppressed="told elsewhere"),
            Message("b", EMAIL, other, "test", "Hello"),
            Message("c", INBOX, other, "test", "Hello"),
        ],
        at=AT,
    )

    assert deliver_due(at=AT) == 0
    rows = OutboxMessage.objects.order_by("key").values_list("key", "state", "note", "sent_at")
    assert list(rows) == [
        ("a", "suppressed", "told elsewhere", None),
        ("b", "suppressed", "turned off by the recipient", None),
        ("c", "sent", "", AT),
    ]
    assert list(Notice.objects.values_list("user", flat=True)) == [other.pk]
