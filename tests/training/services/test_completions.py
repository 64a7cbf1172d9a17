"""Completions: once each, refused when they cannot be, with certificates that tell the truth to the minute."""

import datetime as dt

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from coe.enums.roles import Role
from coe.errors import Invalid, WrongState
from coe.models import ChangeEvent, LineFact, Notice, Timer
from tests.factories import LineFactory, RoleFactory, UserFactory
from tests.training.world import BY, drafted, finished, taught
from training.enums.training import CertificateState
from training.models import Certificate, Completion
from training.selectors.certificates import valid_certificates
from training.services.certificates import (
    ALPHABET,
    end_certificates_of_course,
    fresh_code,
    revoke_certificate,
    shorten_certificates,
)
from training.services.completions import Finished, record_completion, record_completions, void_completion
from training.services.versions import publish_version

pytestmark = pytest.mark.django_db
DAY = dt.timedelta(days=1)


def test_the_same_event_counts_once_however_often_it_is_told(at: dt.datetime) -> None:
    one = finished(taught(), at - DAY)

    first = record_completions([one, one], by=BY, at=at)
    again = record_completions([one], by=BY, at=at + DAY)

    assert [(answer.is_new, answer.completion.pk) for answer in [*first, *again]] == [
        (True, first[0].completion.pk), (False, first[0].completion.pk), (False, first[0].completion.pk),
    ]  # fmt: skip
    assert (Completion.objects.count(), Certificate.objects.count()) == (1, 1)


def test_what_a_clock_that_runs_ahead_tells_holds_from_now_on(at: dt.datetime) -> None:
    record_completion(finished(taught(), at + dt.timedelta(minutes=9)), by=BY, at=at)

    certificate = Certificate.objects.valid(at).get()
    assert (certificate.issued_at, certificate.completion.achieved_at) == (at, at)


def test_forty_cost_as_many_statements_as_one(at: dt.datetime) -> None:
    version = taught()
    people = UserFactory.create_batch(40)

    with CaptureQueriesContext(connection) as one:
        record_completions([finished(version, at, people[0])], by=BY, at=at)
    with CaptureQueriesContext(connection) as many:
        record_completions([finished(version, at, person) for person in people], by=BY, at=at)

    assert len(many) == len(one)
    assert Certificate.objects.count() == 40


def test_completions_that_cannot_be_are_refused_and_the_others_stored(at: dt.datetime) -> None:
    version = taught()
    draft = drafted(version.course, at=at - 30 * DAY)
    newcomer = UserFactory(joined_on=(at - 10 * DAY).date())
    items = [
        finished(version, at - 11 * DAY, newcomer),
        finished(version, at - 9 * DAY, newcomer),
        finished(draft, at - DAY),
        finished(version, at + DAY),
        finished(version, at.replace(tzinfo=None)),
        finished(version, at - DAY, score=10_001),
    ]

    answers = record_completions(items, by=BY, at=at)

    assert [answer.problem and (answer.problem.field, answer.problem.code) for answer in answers] == [
        ("achieved_at", "before_joined"), None, ("version", "version_draft"), ("achieved_at", "in_future"),
        ("achieved_at", "zone_missing"), ("score", "out_of_range"),
    ]  # fmt: skip
    assert list(Completion.objects.values_list("key", flat=True)) == [items[1].key]


def test_a_retired_version_is_completed_only_before_it_was_retired(at: dt.datetime) -> None:
    old = taught()
    publish_version(drafted(old.course, at=at - 5 * DAY), by=BY, at=at - 5 * DAY)
    old.refresh_from_db()

    early, late = record_completions([finished(old, at - 6 * DAY), finished(old, at - 4 * DAY)], by=BY, at=at)

    assert early.is_new
    assert late.problem.code == "version_retired"
    with pytest.raises(Invalid) as error:
        record_completion(finished(old, at - 4 * DAY), by=BY, at=at)
    assert error.value.problems[0].field == "version"


@pytest.mark.parametrize(("zone", "is_refused"), [("Pacific/Auckland", False), ("America/Los_Angeles", True)])
def test_the_day_somebody_joined_is_counted_in_their_own_zone(
    zone: str, is_refused: bool, at: dt.datetime
) -> None:
    person = UserFactory(joined_on=dt.date(2026, 3, 10), time_zone=zone)
    moment = dt.datetime(2026, 3, 9, 20, 0, tzinfo=dt.UTC)  # the 10th in Auckland, the 9th in Los Angeles

    answer = record_completions([finished(taught(), moment, person)], by=BY, at=at)[0]

    assert (answer.problem is not None) is is_refused


def test_lines_of_the_learner_are_told(at: dt.datetime) -> None:
    line = LineFactory()
    person = RoleFactory(role=Role.VIEWER, line=line).user
    version = taught()
    LineFact.objects.all().delete()

    record_completion(finished(version, at, person), by=BY, at=at)

    assert set(LineFact.objects.values_list("line_id", "fact")) == {(line.pk, "training"), (None, "training")}


def test_a_voided_completion_takes_its_certificate_along(at: dt.datetime) -> None:
    completion = record_completion(finished(taught(), at), by=BY, at=at).completion

    with pytest.raises(Invalid):
        void_completion(completion, by=BY, at=at, why=" ")
    assert Completion.objects.standing().count() == 1
    void_completion(completion, by=BY, at=at, why="Wrong person")
    with pytest.raises(WrongState):
        void_completion(completion, by=BY, at=at, why="Wrong person")

    certificate = Certificate.objects.get()
    assert (certificate.revoked_at, certificate.revoked_why) == (at, "Wrong person")
    assert not Completion.objects.standing().exists()


def test_a_certificate_is_worth_what_its_clock_says(at: dt.datetime) -> None:
    record_completion(finished(taught(), at), by=BY, at=at)
    certificate = Certificate.objects.get()
    ends = certificate.expires_at

    assert certificate.state_at(ends - dt.timedelta(seconds=1)) == CertificateState.VALID
    assert certificate.state_at(ends) == CertificateState.EXPIRED
    assert list(Certificate.objects.valid(ends)) == []
    revoke_certificate(certificate, by=BY, at=at, why="Fraud")
    certificate.refresh_from_db()
    assert certificate.state_at(ends) == CertificateState.REVOKED
    assert certificate.state_at(at - DAY) == CertificateState.VALID
    with pytest.raises(WrongState):
        revoke_certificate(certificate, by=BY, at=at, why="Fraud")


def test_the_longest_certificate_speaks_for_the_others(at: dt.datetime) -> None:
    person, version = UserFactory(), taught()
    record_completions([finished(version, at - n * DAY, person) for n in (300, 0, 100)], by=BY, at=at)
    twin = Finished(person, version, at, "manual", "twin")
    first = Certificate.objects.get(issued_at=at)
    record_completion(twin, by=BY, at=at)

    assert list(Certificate.objects.longest()) == [first]
    revoke_certificate(first, by=BY, at=at, why="x")
    assert Certificate.objects.longest().get().completion.key == "twin"


def test_a_certificate_for_ever_is_longer_than_any(at: dt.datetime) -> None:
    person, version = UserFactory(), taught()
    record_completions([finished(version, at - n * DAY, person) for n in (2, 1)], by=BY, at=at)
    first = Certificate.objects.order_by("issued_at").first()
    Certificate.objects.filter(pk=first.pk).update(expires_at=None)

    assert list(Certificate.objects.longest()) == [first]


def test_certificates_are_shortened_after_a_material_change_and_never_lengthened(at: dt.datetime) -> None:
    version, until = taught(), at + 30 * DAY
    record_completions([finished(version, at - n * DAY) for n in (1, 350, 400)], by=BY, at=at)

    with pytest.raises(Invalid):
        shorten_certificates(version.course, until=at - DAY, by=BY, at=at, why="New law")
    assert shorten_certificates(version.course, until=until, by=BY, at=at, why="New law") == 1
    assert shorten_certificates(version.course, until=until, by=BY, at=at, why="New law") == 0

    ends = sorted(Certificate.objects.values_list("expires_at", flat=True))
    assert ends[-1] == until
    assert ends[0] < at < ends[1] < until
    assert ChangeEvent.objects.filter(action="certificate.shortened", why="New law").count() == 1


def test_codes_are_long_and_hold_no_sign_that_is_misread() -> None:
    codes = {fresh_code() for _n in range(200)}

    assert len(codes) == 200
    assert all(len(code) == 23 and set(code) <= set(ALPHABET) | {"-"} for code in codes)
    assert not set("01OIL") & set(ALPHABET)


def test_the_certificates_of_a_course_end_together_and_each_person_is_told_once(at: dt.datetime) -> None:
    crisis, other = taught("CRISIS"), taught("OTHER")
    ana, ben = UserFactory(language="fr"), UserFactory(is_active=False)
    record_completions(
        [
            finished(crisis, at - 400 * DAY, ben),
            finished(crisis, at - 20 * DAY, ana), finished(crisis, at - 10 * DAY, ana), finished(crisis, at - DAY, ben),
            finished(other, at - DAY, ana),
        ],
        by=BY, at=at - DAY,
    )  # fmt: skip
    of = ([ana.pk, ben.pk], [crisis.course_id])
    seen = [(row.user_id, row.issued_at) for row in valid_certificates(*of, at=at)]
    assert seen == [(ana.pk, at - 10 * DAY), (ana.pk, at - 20 * DAY), (ben.pk, at - DAY)]

    with pytest.raises(Invalid):
        end_certificates_of_course(crisis.course, why=" ", by=BY, at=at)
    assert not Certificate.objects.filter(revoked_at__isnull=False).exists()

    ended = [end_certificates_of_course(crisis.course, why="New law", by=BY, at=at) for _time in range(2)]

    assert ended == [3, 0]
    assert [valid_certificates(*of, at=moment).count() for moment in (at - dt.timedelta(minutes=1), at)] == [
        3,
        0,
    ]
    assert valid_certificates([ana.pk], [other.course_id], at=at).get().user == ana
    assert list(Notice.objects.values_list("user", "kind", "subject", "body")) == [
        (ana.pk, "training.certificate_revoked", "Votre certificat « Cours CRISIS » n’est plus valable", "Motif : New law")
    ]  # fmt: skip
    assert ChangeEvent.objects.filter(action="certificate.revoked", why="New law", at=at).count() == 3
    assert Timer.objects.filter(kind="certificate.expiry", state="cancelled").count() == 3
