"""Training in the admin goes through the services of its floor: content, curricula, sessions, records, learning systems."""

import datetime as dt

import pytest
from django.urls import reverse
from django.utils import timezone

from coe.enums.roles import Role
from coe.models import ChangeEvent, RoleAssignment
from tests.factories import LineFactory, RoleFactory, UserFactory
from tests.training.world import BY, curriculum, drafted, finished, taught
from training.models import (
    ActivityMatch,
    Attempt,
    Certificate,
    Completion,
    Course,
    CourseVersion,
    Curriculum,
    Enrolment,
    PersonMatch,
    Session,
)
from training.services.completions import record_completion
from training.services.courses import create_course
from training.services.enrolments import enrol_person

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def staff(client):
    """An administrator, logged in."""
    user = RoleFactory(role=Role.ADMINISTRATOR, line=None, user=UserFactory(is_staff=True)).user
    client.force_login(user, backend="coe.backends.HubBackend")
    return user


def page(model, act="changelist", *args):
    """The address of a page of the admin."""
    return reverse(f"admin:training_{model}_{act}", args=args)


def told(since=0):
    """Actions of the history after a row, with their reasons, oldest first."""
    return list(ChangeEvent.objects.filter(pk__gt=since).order_by("id").values_list("action", "why"))


def last():
    """The newest row of the history."""
    return getattr(ChangeEvent.objects.order_by("-id").first(), "pk", 0)


def act(client, model, action, *rows, **fields):
    """Press the button of an action's page."""
    form = {"action": action, "_selected_action": [row.pk for row in rows], "confirmed": "1", **fields}
    return client.post(page(model), form)


def errors(answer):
    """The fields that are complained about."""
    return list(answer.context["adminform"].form.errors)


def bare(code="ABC"):
    """A course without a version."""
    return create_course(
        code=code, titles={"en": f"Course {code}"}, modes=["session"], by=BY, at=timezone.now()
    )


def test_a_course_is_added_edited_drafted_published_and_retired(client):
    form = {
        "code": "ABC", "titles_en": "Basics", "titles_fr": "Bases", "summaries_en": "", "summaries_fr": "", "modes": ["session"],
        "renewal_days": "60", "activity_id": "",
    }  # fmt: skip
    refused = client.post(page("course", "add"), {**form, "titles_en": "", "titles_fr": ""})
    client.post(page("course", "add"), {**form, "why": "Asked for"})
    course = Course.objects.get()
    form |= {"validity_months": "12", "activity_id": course.activity_id, "expected_revision": course.revision}
    client.post(page("course", "change", course.pk), form)
    stale = client.post(page("course", "change", course.pk), {**form, "titles_en": "Old"})
    act(client, "course", "draft", course)
    discarded = CourseVersion.objects.get()
    client.post(page("courseversion", "delete", discarded.pk), {"post": "yes", "why": "Too early"})
    act(client, "course", "draft", course)
    version = CourseVersion.objects.exclude(pk=discarded.pk).get()
    client.post(
        page("courseversion", "change", version.pk),
        {
            "objectives": '{"en": ["Know it"]}', "duration_minutes": "30", "pass_mark": "80", "drawn": "1", "is_shuffled": "on",
            "change_note": "", "expected_revision": version.revision,
        },
    )  # fmt: skip
    act(client, "courseversion", "publish", version, why="Ready")
    published = CourseVersion.objects.get(pk=version.pk)
    act(client, "course", "retire", course)
    course.refresh_from_db()
    kept = client.post(page("courseversion", "delete", version.pk), {"post": "yes"})

    assert (refused.status_code, errors(refused)) == (422, ["titles_en"])
    assert (kept.status_code, CourseVersion.objects.count()) == (403, 1)
    assert (stale.status_code, course.titles) == (422, {"en": "Basics", "fr": "Bases"})
    assert (published.state, published.objectives) == ("published", {"en": ["Know it"]})
    assert course.retired_at is not None
    assert told() == [
        ("course.created", "Asked for"), ("course.updated", ""), ("course_version.drafted", ""),
        ("course_version.discarded", "Too early"), ("course_version.drafted", ""), ("course_version.updated", ""),
        ("course_version.published", "Ready"), ("course.retired", ""),
    ]  # fmt: skip


def test_lessons_and_questions_of_a_draft_are_written_by_its_service(client):
    version = drafted(bare())
    since = last()
    lesson = {
        "version": version.pk, "key": "l3", "titles_en": "Third", "titles_fr": "", "bodies_en": "## Words\n\nMore", "bodies_fr": "",
    }  # fmt: skip
    client.post(page("lesson", "add"), lesson)
    third = version.lessons.get(key="l3")
    version.refresh_from_db()
    changed = {**lesson, "titles_fr": "Troisième", "expected_revision": version.revision}
    client.post(page("lesson", "change", third.pk), changed)
    third = version.lessons.get(key="l3")
    question = version.questions.first()
    wrong = client.post(
        page("question", "change", question.pk),
        {
            "key": question.key, "kind": "single", "texts_en": "Which?", "texts_fr": "", "choices": '[{"key": "a", "texts": {"en": "A"}}]',
            "correct": '["a"]', "explanations_en": "", "explanations_fr": "",
        },
    )  # fmt: skip
    kept = version.questions.count()
    client.post(page("question", "delete", question.pk), {"post": "yes", "why": "Too easy"})

    assert (third.titles, third.order) == ({"en": "Third", "fr": "Troisième"}, 3)
    assert wrong.status_code == 422
    assert "2 to 10 choices" in wrong.content.decode()
    assert (kept, version.questions.count()) == (4, 3)
    assert [why for action, why in told(since) if action == "course_version.updated"] == ["", "", "Too easy"]


def test_a_stale_lesson_does_not_overwrite_the_draft(client):
    version = drafted(bare())
    lesson = version.lessons.first()
    sent = {
        "key": lesson.key, "titles_en": "Mine", "titles_fr": "", "bodies_en": "x", "bodies_fr": "",
        "expected_revision": version.revision - 1,
    }  # fmt: skip

    answer = client.post(page("lesson", "change", lesson.pk), sent)

    assert answer.status_code == 422
    assert version.lessons.get(key=lesson.key).titles == {"en": "Lesson 1"}


def test_what_is_taught_never_changes(client):
    version = taught()
    lesson, since = version.lessons.first(), last()

    for address in (
        page("courseversion", "change", version.pk),
        page("lesson", "change", lesson.pk),
        page("lesson", "delete", lesson.pk),
    ):
        assert client.post(address, {"post": "yes", "key": "x"}).status_code == 403
    added = client.post(
        page("lesson", "add"), {"version": version.pk, "key": "l9", "titles_en": "Ninth", "bodies_en": "x"}
    )

    assert added.status_code == 422
    assert (version.lessons.count(), told(since)) == (2, [])


def test_a_curriculum_enrols_whoever_holds_its_role_and_is_archived(client):
    course, other = taught().course, taught("CRS").course
    held = RoleFactory(role=Role.LINE_LEAD)
    line = RoleAssignment.objects.get(pk=held.pk).line
    form = {
        "code": "LEAD", "titles_en": "Leads", "titles_fr": "", "summaries_en": "", "summaries_fr": "", "roles": ["line_lead"],
        "lines": line.code, "items": "FND 30\nCRS 60 after FND",
    }  # fmt: skip
    since = last()
    refusals = {
        text: errors(client.post(page("curriculum", "add"), {**form, "items": text}))
        for text in ("FND", "NONE 30", "FND 30 after CRS", "FND 0")
    }
    none = Curriculum.objects.count()
    client.post(page("curriculum", "add"), {**form, "why": "Board"})
    made = Curriculum.objects.get()
    shown = client.get(page("curriculum", "change", made.pk)).context["adminform"].form
    client.post(
        page("curriculum", "change", made.pk),
        {**form, "items": "FND 45", "expected_revision": made.revision},
    )
    days = list(made.items.values_list("course__code", "due_days"))
    enrolled = Enrolment.objects.open().filter(user=held.user).count()
    act(client, "curriculum", "archive", made)

    assert (refusals, none) == ({text: ["items"] for text in refusals}, 0)
    assert shown.initial["items"] == "FND 30\nCRS 60 after FND"
    assert (shown.initial["lines"], shown.initial["roles"]) == ([line], ["line_lead"])
    assert (days, enrolled, Enrolment.objects.open().count()) == ([("FND", 45)], 1, 0)
    assert [one for one in told(since) if one[0].startswith("curriculum")] == [
        ("curriculum.created", "Board"), ("curriculum.updated", ""), ("curriculum.archived", ""),
    ]  # fmt: skip
    assert (course.code, other.code) == ("FND", "CRS")


def test_a_session_is_planned_moved_and_called_off(client):
    course, since = taught().course, last()
    day = timezone.localdate() + dt.timedelta(days=7)
    form = {
        "course": course.pk, "line": "", "starts_at_0": f"{day}", "starts_at_1": "09:00:00", "ends_at_0": f"{day}", "ends_at_1": "10:00:00",
        "time_zone": "UTC", "places": "12", "place": "", "link": "", "note": "",
    }  # fmt: skip
    wrong = client.post(page("session", "add"), {**form, "ends_at_1": "08:00:00", "time_zone": "Mars/Base"})
    none = Session.objects.count()
    client.post(page("session", "add"), form)
    session = Session.objects.get()
    client.post(page("session", "change", session.pk), {**form, "places": "5", "expected_revision": 1})
    act(client, "session", "call_off", session, why="Snow")
    session.refresh_from_db()

    assert (wrong.status_code, sorted(errors(wrong)), none) == (422, ["ends_at", "time_zone"], 0)
    assert (session.places, session.cancelled_at is not None) == (5, True)
    assert told(since) == [("session.planned", ""), ("session.updated", ""), ("session.called_off", "Snow")]


def test_people_are_enrolled_by_hand_and_withdrawn(client, staff):
    course, person = taught().course, UserFactory()
    since = last()
    own = client.post(page("enrolment", "add"), {"user": staff.pk, "course": course.pk})
    both = client.post(
        page("enrolment", "add"),
        {"user": person.pk, "course": course.pk, "curriculum": curriculum("p", course).pk},
    )
    none = Enrolment.objects.count()
    client.post(page("enrolment", "add"), {"user": person.pk, "course": course.pk, "why": "New job"})
    row = Enrolment.objects.get()
    again = client.post(page("enrolment", "add"), {"user": person.pk, "course": course.pk})
    act(client, "enrolment", "withdraw", row)
    row.refresh_from_db()

    assert [one.status_code for one in (own, both, again)] == [422, 422, 422]
    assert (none, row.withdrawn_at is not None) == (0, True)
    assert next(why for action, why in told(since) if action.startswith("enrolment")) == "New job"


def test_a_completion_needs_evidence_and_is_taken_back_for_a_reason(client, staff):
    course, person = taught().course, UserFactory()
    form = {
        "user": person.pk, "course": course.pk, "achieved_at_0": "2025-03-03", "achieved_at_1": "09:00:00", "evidence": "Vault 12",
    }  # fmt: skip
    bald = client.post(page("completion", "add"), {**form, "evidence": ""})
    early = client.post(page("completion", "add"), {**form, "achieved_at_0": "2999-01-01"})
    own = client.post(page("completion", "add"), {**form, "user": staff.pk})
    none = Completion.objects.count()
    client.post(page("completion", "add"), form)
    row = Completion.objects.get()
    unsaid = act(client, "completion", "void", row)
    standing = Completion.objects.standing().count()
    act(client, "completion", "void", row, why="Wrong person")

    assert errors(bald) == ["evidence"]
    assert (early.status_code, errors(early), own.status_code, none) == (422, ["achieved_at"], 422, 0)
    assert (row.evidence, row.source) == ("Vault 12", "manual")
    assert (unsaid.status_code, standing, Completion.objects.standing().count()) == (422, 1, 0)
    assert ("completion.voided", "Wrong person") in told()


def test_a_certificate_is_revoked_for_a_reason(client):
    version = taught()
    row = record_completion(
        finished(version, dt.datetime(2025, 3, 3, 9, tzinfo=dt.UTC)), by=BY, at=timezone.now()
    )
    certificate = row.completion.certificate

    unsaid = act(client, "certificate", "revoke", certificate)
    act(client, "certificate", "revoke", certificate, why="Shared answers")

    certificate.refresh_from_db()
    assert (unsaid.status_code, certificate.revoked_why) == (422, "Shared answers")
    assert ("certificate.revoked", "Shared answers") in told()
    assert client.post(page("certificate", "change", certificate.pk), {"code": "x"}).status_code == 403
    assert Certificate.objects.count() == 1


def test_attempts_are_given_back_and_never_show_their_questions(client):
    version = taught(attempts_allowed=1)
    attempt = Attempt.objects.create(
        user=UserFactory(), version=version, started_at=timezone.now(), pass_mark=80, questions=[{"key": "hidden-question"}],
        submitted_at=timezone.now(), score=0, is_passed=False,
    )  # fmt: skip

    text = client.get(page("attempt", "change", attempt.pk)).content.decode()
    act(client, "attempt", "forgive", attempt)

    attempt.refresh_from_db()
    assert "hidden-question" not in text
    assert attempt.forgiven_at is not None


def test_matches_are_said_and_taken_away(client):
    course, person = taught().course, UserFactory()
    since = last()
    client.post(
        page("personmatch", "add"),
        {"kind": "mbox", "value": "ana@lms.example", "user": person.pk, "why": "HR"},
    )
    client.post(page("activitymatch", "add"), {"activity": "https://lms.example/1", "course": course.pk})
    again = client.post(
        page("activitymatch", "add"), {"activity": "https://lms.example/1", "course": course.pk}
    )
    person_match, activity_match = PersonMatch.objects.get(), ActivityMatch.objects.get()
    client.post(page("personmatch", "delete", person_match.pk), {"post": "yes", "why": "Mixed up"})
    client.post(page("activitymatch", "delete", activity_match.pk), {"post": "yes"})

    assert again.status_code in {200, 422}
    assert errors(again) == ["activity"]
    assert (PersonMatch.objects.count(), ActivityMatch.objects.count()) == (0, 0)
    assert [why for _action, why in told(since)] == ["HR", "", "Mixed up", ""]


def test_a_line_lead_reads_the_training_of_their_people_only(client):
    line, version = LineFactory(), taught()
    near = RoleFactory(line=line, role=Role.CONTRIBUTOR, user=UserFactory(name="Near")).user
    far = RoleFactory(role=Role.CONTRIBUTOR, user=UserFactory(name="Far")).user
    rows = [enrol_person(one, course=version.course, by=BY, at=timezone.now()) for one in (near, far)]
    lead = RoleFactory(role=Role.LINE_LEAD, line=line, user=UserFactory(is_staff=True)).user
    client.force_login(lead, backend="coe.backends.HubBackend")

    text = client.get(page("enrolment")).content.decode()

    assert ("Near" in text, "Far" in text) == (True, False)
    assert [client.get(page("enrolment", "change", row.pk)).status_code for row in rows] == [200, 404]
    assert client.get(page("question")).status_code == 403
    assert client.get(page("enrolment", "add")).status_code == 403


def test_questions_are_not_shown_beside_a_version_to_those_who_do_not_write_them(client):
    version = taught()
    auditor = RoleFactory(role=Role.AUDITOR, line=None, user=UserFactory(is_staff=True)).user
    client.force_login(auditor, backend="coe.backends.HubBackend")

    text = client.get(page("courseversion", "change", version.pk)).content.decode()

    assert "Lesson 1" in text
    assert version.questions.first().key not in text
