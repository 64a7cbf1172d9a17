"""Sessions over the API: planned, moved, called off, attended and rated, by those who may and for their own people."""

import datetime as dt

import pytest
from django.test import Client
from django.utils import timezone

from coe.enums.roles import Role
from coe.models import ChangeEvent
from tests.factories import RoleFactory, UserFactory
from tests.plugins.api import Caller, call, hub_call, line_tree, token_of
from tests.training.world import BY, taught
from training.models import Completion, Seat, Session
from training.services.seats import book_seat, mark_attendance
from training.services.sessions import plan_session

__all__ = ["call", "hub_call", "line_tree", "token_of"]
pytestmark = pytest.mark.django_db
TIMES = {"starts_at": "2031-03-03T09:00:00+01:00", "ends_at": "2031-03-03T11:00:00+01:00"}
PLAN = {"course": "FND", **TIMES, "time_zone": "Europe/Paris", "places": 1}


@pytest.fixture
def trainer(token_of, line_tree):
    """A learning system with a token of Foods."""
    return token_of(line_tree.foods, "read", "training:write")


def member(line_tree, name, role=Role.CONTRIBUTOR):
    user = UserFactory(email=f"{name}@example.com", name=name.title())
    RoleFactory(role=role, line=line_tree.foods, user=user)
    return user


def as_person(user):
    client = Client()
    client.force_login(user, backend="coe.backends.HubBackend")
    return Caller(client=client)


def problems(answer):
    return [(error["pointer"], error["code"]) for error in answer.json()["errors"]]


def begun(version, line, *people):
    """A session that has just ended, with people in it."""
    start = timezone.now() + dt.timedelta(hours=1)
    session = plan_session(
        version.course,
        starts_at=start,
        ends_at=start + dt.timedelta(hours=1),
        line=line,
        by=BY,
        at=timezone.now(),
    )
    for person in people:
        book_seat(session, person=person, by=BY, at=timezone.now())
    past = timezone.now() - dt.timedelta(hours=3)
    Session.objects.filter(pk=session.pk).update(starts_at=past, ends_at=past + dt.timedelta(hours=1))
    session.refresh_from_db()
    return session


def test_a_token_plans_for_its_own_line_and_moves_and_calls_off(trainer, line_tree):
    taught()

    made = trainer.post("/api/v1/sessions/", PLAN)
    path = made.json()["url"]
    moved = trainer.patch(
        path, {"places": 5, "place": "Room 4", "starts_at": "2031-03-03T08:30:00Z"}, If_Match=made["ETag"]
    )
    late = trainer.patch(path, {"places": 6}, If_Match=made["ETag"])
    off = trainer("DELETE", path)
    again = trainer("DELETE", "/api/v1/sessions/", [made.json()["id"]])

    assert [one.status_code for one in (made, moved, late, off, again)] == [201, 200, 412, 200, 409]
    assert (made.json()["line"]["code"], made.json()["starts_at"], made.json()["seats"]) == (
        "FDE", "2031-03-03T08:00:00+00:00", {"booked": 0, "waiting": 0},
    )  # fmt: skip
    assert (moved.json()["places"], moved.json()["place"], moved.json()["starts_at"]) == (
        5,
        "Room 4",
        "2031-03-03T08:30:00+00:00",
    )
    assert off.json()["cancelled_at"] is not None


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({"course": "NONE"}, [("/course", "not_found")]),
        ({"starts_at": "2031-03-03T09:00:00"}, [("/starts_at", "zone_missing")]),
        ({"starts_at": "Monday"}, [("/starts_at", "moment_expected")]),
        ({"starts_at": "0001-01-01T00:00:00+14:00"}, [("/starts_at", "moment_expected")]),
        ({"ends_at": "2031-03-03T08:00:00+01:00"}, [("/ends_at", "ends_before_start")]),
        ({"ends_at": "2032-03-03T08:00:00+01:00"}, [("/ends_at", "too_long")]),
        ({"time_zone": "Mars/Base"}, [("/time_zone", "time_zone_unknown")]),
        ({"places": 0}, [("/places", "out_of_range")]),
        ({"places": 2000}, [("/places", "out_of_range")]),
        ({"link": "http://example.com/x"}, [("/link", "https_expected")]),
        ({"line": "US"}, [("/line", "not_found")]),
    ],
)
def test_what_is_no_session_is_refused_by_its_place(trainer, changed, expected):
    taught()

    answer = trainer.post("/api/v1/sessions/", [PLAN, {**PLAN, **changed}])

    assert (answer.status_code, problems(answer)) == (422, [(f"/1{place}", code) for place, code in expected])
    assert Session.objects.count() == 0


def test_only_the_hub_offers_sessions_to_everybody(trainer, hub_call, line_tree):
    taught()

    refused = trainer.post("/api/v1/sessions/", {**PLAN, "line": None})
    offered = hub_call.post("/api/v1/sessions/", PLAN)
    moved = trainer.patch(offered.json()["url"], {"places": 9})

    assert (refused.status_code, offered.status_code, moved.status_code) == (403, 201, 403)
    assert (offered.json()["line"], Session.objects.get().places) == (None, 1)


def test_people_are_signed_up_wait_and_move_up(trainer, line_tree):
    taught()
    ada, bob = member(line_tree, "ada"), member(line_tree, "bob")
    session = trainer.post("/api/v1/sessions/", PLAN).json()["id"]

    made = trainer.post("/api/v1/seats/", [{"session": session, "person": one.email} for one in (ada, bob)])
    twice = trainer.post("/api/v1/seats/", {"session": session, "person": ada.email})
    back = trainer("DELETE", made.json()["results"][0]["url"])
    listed = trainer.get(f"/api/v1/seats/?session={session}&ordering=booked_at")

    assert (made.status_code, [row["state"] for row in made.json()["results"]]) == (
        201,
        ["booked", "waiting"],
    )
    assert (twice.status_code, twice.json()["errors"][0]["code"], back.status_code) == (409, "duplicate", 200)
    assert {(row["person"]["email"], row["state"]) for row in listed.json()["results"]} == {
        (ada.email, "cancelled"), (bob.email, "booked"),
    }  # fmt: skip


def test_nobody_is_in_two_places_at_once_whatever_the_zone(trainer, line_tree):
    taught()
    ada = member(line_tree, "ada")
    first = trainer.post("/api/v1/sessions/", PLAN).json()["id"]
    # The same two hours, as a clock in New York tells them.
    there = {
        **PLAN,
        "starts_at": "2031-03-03T04:00:00-05:00",
        "ends_at": "2031-03-03T05:00:00-05:00",
        "time_zone": "America/New_York",
    }
    second = trainer.post("/api/v1/sessions/", there).json()
    trainer.post("/api/v1/seats/", {"session": first, "person": ada.email})

    clash = trainer.post("/api/v1/seats/", {"session": second["id"], "person": ada.email})
    later = trainer.patch(
        second["url"], {"starts_at": "2031-03-03T07:00:00-05:00", "ends_at": "2031-03-03T08:00:00-05:00"}
    )
    fits = trainer.post("/api/v1/seats/", {"session": second["id"], "person": ada.email})
    moved = trainer.patch(
        second["url"], {"starts_at": "2031-03-03T09:30:00+01:00", "ends_at": "2031-03-03T10:00:00+01:00"}
    )

    assert (clash.status_code, problems(clash)) == (422, [("/session", "overlaps")])
    assert (later.status_code, fits.status_code) == (200, 201)
    assert (moved.status_code, "Ada" in moved.json()["detail"]) == (409, True)
    assert Session.objects.get(public_id=second["id"]).starts_at == dt.datetime(
        2031, 3, 3, 12, 0, tzinfo=dt.UTC
    )


def test_seats_are_not_taken_away_by_a_smaller_room(trainer, line_tree):
    taught()
    session = trainer.post("/api/v1/sessions/", {**PLAN, "places": 2}).json()
    for name in ("ada", "bob"):
        trainer.post("/api/v1/seats/", {"session": session["id"], "person": member(line_tree, name).email})

    answer = trainer.patch("/api/v1/sessions/", [{"id": session["id"], "places": 1}])

    assert (answer.status_code, problems(answer)) == (422, [("/0/places", "seats_booked")])
    assert Session.objects.get().places == 2


def test_a_person_takes_gives_back_and_rates_their_own_seat_alone(trainer, line_tree):
    version = taught()
    ada, bob = member(line_tree, "ada"), member(line_tree, "bob")
    mine = as_person(ada)
    session = trainer.post("/api/v1/sessions/", PLAN).json()["id"]

    taken = mine.post("/api/v1/seats/", {"session": session})
    for_bob = mine.post("/api/v1/seats/", {"session": session, "person": bob.email})
    early = mine.post(f"{taken.json()['url']}rating/", {"rating": 5})
    theirs = as_person(bob)("DELETE", taken.json()["url"])
    back = mine("DELETE", taken.json()["url"], If_Match=taken["ETag"])
    sat = begun(version, line_tree.foods, ada)
    mark_attendance(sat, attended={ada.pk: True}, by=BY, at=timezone.now())
    path = f"/api/v1/seats/{Seat.objects.get(session=sat).public_id}/rating/"
    rated = mine.post(path, {"rating": 4, "comment": "More examples"})
    wrong = mine.post(path, {"rating": 6})
    foreign = trainer.post(path, {"rating": 1})

    assert [one.status_code for one in (taken, for_bob, early, theirs, back)] == [201, 422, 409, 404, 200]
    assert (rated.status_code, rated.json()["rating"], wrong.status_code, foreign.status_code) == (
        200,
        4,
        422,
        403,
    )
    assert list(Seat.objects.filter(rating__isnull=False).values_list("user", "rating", "comment")) == [
        (ada.pk, 4, "More examples")
    ]


def test_attendance_completes_and_is_corrected_whole_or_not_at_all(trainer, line_tree):
    version = taught()
    ada, bob, eve = (member(line_tree, name) for name in ("ada", "bob", "eve"))
    session = begun(version, line_tree.foods, ada, bob)
    path = f"/api/v1/sessions/{session.public_id}/attendance/"

    wrong = trainer.post(path, {"attended": [ada.email, eve.email, ada.email], "absent": [bob.email]})
    nothing = (Completion.objects.count(), ChangeEvent.objects.filter(action="seat.attendance").count())
    noted = trainer.post(path, {"attended": [ada.email], "absent": [bob.email]})
    corrected = trainer.post(path, {"absent": [ada.email.upper()]})

    assert (wrong.status_code, problems(wrong), nothing) == (
        422, [("/attended/1", "no_seat"), ("/attended/2", "doubled")], (0, 0),
    )  # fmt: skip
    assert (noted.status_code, corrected.status_code) == (200, 200)
    assert list(Completion.objects.values_list("user", "source")) == [(ada.pk, "session")]
    assert (
        Completion.objects.get().voided_at is not None,
        set(Seat.objects.values_list("state", flat=True)),
    ) == (True, {"absent"})


def test_who_joined_after_a_session_cannot_have_completed_it(trainer, line_tree):
    version = taught()
    ada = member(line_tree, "ada")
    session = begun(version, line_tree.foods, ada)
    ada.joined_on = (session.ends_at + dt.timedelta(days=2)).date()
    ada.save()

    answer = trainer.post(f"/api/v1/sessions/{session.public_id}/attendance/", {"attended": [ada.email]})

    assert (answer.status_code, problems(answer)) == (422, [("/attended/0", "before_joined")])
    assert (Completion.objects.count(), Seat.objects.get().state) == (0, "booked")


def test_a_reader_writes_nothing(token_of, line_tree):
    version = taught()
    ada = member(line_tree, "ada")
    session = begun(version, line_tree.foods, ada)
    reader = token_of(line_tree.foods, "read")
    path, before = f"/api/v1/sessions/{session.public_id}/", ChangeEvent.objects.count()

    assert reader.post("/api/v1/sessions/", PLAN).status_code == 403
    assert reader.patch(path, {"places": 5}).status_code == 403
    assert reader("DELETE", path).status_code == 403
    assert reader.post(f"{path}attendance/", {"attended": [ada.email]}).status_code == 403
    assert (
        reader.post("/api/v1/seats/", {"session": str(session.public_id), "person": ada.email}).status_code
        == 403
    )
    assert reader.get("/api/v1/seats/").json()["count"] == 0
    assert ChangeEvent.objects.count() == before


@pytest.mark.parametrize("count", [1, 3])
def test_seats_ask_the_same_questions_for_one_and_three(trainer, line_tree, count, django_assert_num_queries):
    session = begun(taught(), line_tree.foods, *(member(line_tree, f"p{n}") for n in range(count)))
    trainer.get("/api/v1/courses/")

    with django_assert_num_queries(4):
        assert trainer.get(f"/api/v1/seats/?session={session.public_id}").json()["count"] == count
