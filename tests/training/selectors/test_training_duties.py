"""What training asks of people, and the clock of certificates."""

import datetime as dt

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import translation

from coe.engine.ticking import tick
from coe.enums.roles import Role
from coe.models import LineFact, Timer
from coe.rules.principals import Principal
from coe.selectors.duties import duties_of
from coe.selectors.search import search_all
from tests.factories import LineFactory, RoleFactory, UserFactory
from tests.training.world import BY, curriculum, finished, taught
from training.models import Certificate
from training.selectors.training_duties import course_duties, renewal_duties
from training.services.certificates import revoke_certificate, shorten_certificates
from training.services.completions import record_completion
from training.tasks import keep_enrolments

pytestmark = pytest.mark.django_db
DAY = dt.timedelta(days=1)


@pytest.fixture
def school(at):
    """A viewer who must take one course within thirty days of `at`."""
    version, line = taught(), LineFactory()
    person = RoleFactory(role=Role.VIEWER, line=line).user
    curriculum("path", version.course, roles=(Role.VIEWER,), at=at)
    return version, line, person


def told(person, at):
    return [
        (duty.kind, str(duty.title), duty.due_at, duty.line)
        for duty in duties_of([person], at=at)[person.pk]
        if duty.kind.startswith("training.")
    ]


def test_a_course_is_owed_until_it_is_completed_and_again_from_the_day_its_certificate_ends(school, at):
    version, line, person = school
    assert told(person, at) == [("training.course", "Complete the course Course FND", at + 30 * DAY, line)]

    record_completion(finished(version, at, person), by=BY, at=at)
    ends = Certificate.objects.get().expires_at

    assert told(person, at + DAY) == []
    assert told(person, ends - 61 * DAY) == []
    assert told(person, ends - 60 * DAY) == [
        ("training.renewal", "Renew your certificate of Course FND", ends, line)
    ]
    assert told(person, ends) == [("training.course", "Complete the course Course FND", ends, line)]


def test_a_longer_certificate_silences_the_shorter(school, at):
    version, _line, person = school
    record_completion(finished(version, at - 350 * DAY, person), by=BY, at=at)
    assert [kind for kind, *_rest in told(person, at)] == ["training.renewal"]

    record_completion(finished(version, at - DAY, person), by=BY, at=at)

    assert told(person, at) == []


def test_what_nobody_asks_for_is_no_duty(at):
    person = UserFactory()
    record_completion(finished(taught(), at - 350 * DAY, person), by=BY, at=at)

    assert told(person, at) == []


def test_a_duty_is_told_in_the_language_of_its_reader(school, at):
    duty = next(iter(course_duties([school[2]], at=at)))

    with translation.override("fr"):
        assert "Cours FND" in str(duty.title)


@pytest.mark.parametrize("count", [1, 3])
def test_duties_of_many_cost_as_much_as_of_one(count, at):
    version = taught()
    people = [RoleFactory(role=Role.VIEWER).user for _n in range(count)]
    curriculum("path", version.course, taught("PRA").course, roles=(Role.VIEWER,), at=at)
    for person in people:
        record_completion(finished(version, at - 350 * DAY, person), by=BY, at=at)

    with CaptureQueriesContext(connection) as queries:
        found = [*course_duties(people, at=at), *renewal_duties(people, at=at)]

    assert (len(found), len(queries)) == (2 * count, 3)


def test_the_minute_a_certificate_ends_scores_are_told(school, at):
    version, line, person = school
    record_completion(finished(version, at, person), by=BY, at=at)
    ends = Certificate.objects.get().expires_at
    LineFact.objects.all().delete()

    tick(at=ends - dt.timedelta(seconds=1))
    assert not LineFact.objects.filter(fact="training").exists()
    tick(at=ends)
    tick(at=ends)

    assert set(LineFact.objects.filter(fact="training").values_list("line_id", flat=True)) == {line.pk, None}
    assert LineFact.objects.filter(fact="training").count() == 2


def test_the_clock_follows_the_certificate(school, at):
    version, _line, person = school
    record_completion(finished(version, at, person), by=BY, at=at)
    certificate = Certificate.objects.get()
    clock = Timer.objects.filter(kind="certificate.expiry", subject=str(certificate.public_id))
    assert clock.get().due_at == certificate.expires_at

    shorten_certificates(version.course, until=at + 9 * DAY, by=BY, at=at, why="New law")
    assert clock.get().due_at == at + 9 * DAY
    revoke_certificate(certificate, by=BY, at=at, why="Fraud")
    assert clock.get().state == "cancelled"


def test_a_certificate_that_ended_long_ago_or_never_ends_has_no_clock(at):
    record_completion(finished(taught(), at - 800 * DAY), by=BY, at=at)
    record_completion(finished(taught("EVER", validity_months=None), at), by=BY, at=at)

    assert not Timer.objects.filter(kind="certificate.expiry").exists()


def test_the_task_keeps_enrolments_and_twice_is_once(school):
    person = RoleFactory(role=Role.VIEWER).user
    keep_enrolments()
    keep_enrolments()

    assert person.enrolments.count() == 1


def test_the_search_finds_courses_in_either_language(school):
    groups = {
        group.kind: [hit.url for hit in group.hits] for group in search_all(Principal.system(), "cours fnd")
    }

    assert groups == {"courses": ["/training/courses/FND/"]}
