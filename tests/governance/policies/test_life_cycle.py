"""The life of a policy and its versions: every step, every refusal with nothing written, and nobody judges their own words."""

import datetime as dt

import pytest

from coe.errors import Duplicate, Invalid, NotAllowed, Protected, Stale, WrongState
from coe.models import ChangeEvent
from coe.rules.principals import actor_of
from governance.enums.policies import PolicyVersionState
from governance.models import AudienceRule, Policy, PolicyReview, PolicyText, PolicyVersion
from governance.selectors.policies import authors_of, current_reviews
from governance.selectors.publishing import effects_of
from governance.services.policies import archive_policy, create_policy, edit_policy, restore_policy
from governance.services.publishing import NotConfirmed, publish_policy
from governance.services.reviews import (
    OtherWords,
    decide_review,
    renew_policy,
    return_version,
    submit_version,
)
from governance.services.versions import discard_version, draft_version, edit_version
from tests.factories import UserFactory
from tests.governance.world import BY, TEXTS, approved, drafted, hub_person, policy, published, submitted

pytestmark = pytest.mark.django_db


def state_of_all():
    """All that a write could have changed."""
    tables = (Policy, PolicyVersion, PolicyText, PolicyReview)
    return [list(table.objects.order_by("pk").values()) for table in tables] + [ChangeEvent.objects.count()]


def refused(error, work, *words, **fields):
    """The work is refused with these words and problems, and nothing was written."""
    before = state_of_all()
    with pytest.raises(error) as caught:
        work(*words, **fields)
    assert state_of_all() == before
    return caught.value


def problems(error):
    return [(one.field, one.code) for one in error.problems]


def test_a_policy_goes_from_its_first_draft_to_its_second_version(at):
    hanna, ren, rita = hub_person(), UserFactory(name="Ren"), UserFactory(name="Rita")
    by = actor_of(hanna)
    one = create_policy(
        code=" Use ", type="employee_use", titles={"en": "Use", "fr": "Usage"}, quorum=2, review_months=6, by=by, at=at
    )  # fmt: skip
    AudienceRule.objects.create(policy=one, key="||")
    first = drafted(one, by=by, at=at)
    submit_version(first, reviewers=[ren, rita, ren], due_at=at + dt.timedelta(days=7), by=by, at=at)
    first.refresh_from_db()
    decide_review(first, outcome="approved", sha256=first.sha256, by=actor_of(ren), at=at)
    decide_review(first, outcome="changes", sha256=first.sha256, note="Shorter", by=actor_of(rita), at=at)
    first.refresh_from_db()
    assert first.state == "in_review"
    decide_review(first, outcome="approved", sha256=first.sha256, by=actor_of(rita), at=at)
    first.refresh_from_db()
    assert (first.state, first.approved_at) == ("approved", at)
    publish_policy(first, confirm=effects_of(first, at=at).token, by=by, at=at)

    later = at + dt.timedelta(days=40)
    second = drafted(Policy.objects.get(), at=later, by=by, is_material=False, texts={"fr": ""})
    assert (second.number, dict(second.texts.values_list("language", "body"))) == (
        "1.1",
        {"en": f"{TEXTS['en']}\n"},
    )
    second = edit_version(second, changes={"is_material": True}, by=by, at=later)
    assert second.number == "2.0"
    publish_policy(approved(second, at=later), by=by, at=later)

    one.refresh_from_db()
    assert (one.code, one.last_reviewed_on, one.next_review_on) == ("use", later.date(), dt.date(2027, 7, 2))
    assert list(
        PolicyVersion.objects.order_by("pk").values_list(
            "major", "minor", "state", "published_at", "superseded_at"
        )
    ) == [(1, 0, "superseded", at, later), (2, 0, "published", later, None)]
    actions = ChangeEvent.objects.order_by("id").values_list("action", flat=True)
    assert list(actions)[:8] == [
        "policy.created",
        "policy_version.drafted",
        "policy_version.updated",
        "policy_version.submitted",
        "policy_version.reviewed",
        "policy_version.reviewed",
        "policy_version.reviewed",
        "policy_version.approved",
    ]
    assert list(actions)[-2:] == ["policy_version.superseded", "policy_version.published"]


def test_nobody_judges_their_own_words_by_any_path(at):
    hanna, mia, ren = hub_person(), hub_person("Mia"), UserFactory(name="Ren")
    version = drafted(policy(), by=actor_of(hanna), at=at)

    own = refused(Invalid, submit_version, version, reviewers=[hanna, ren], by=actor_of(mia), at=at)
    assert problems(own) == [("reviewers", "author")]
    asker = refused(Invalid, submit_version, version, reviewers=[mia], by=actor_of(mia), at=at)
    assert problems(asker) == [("reviewers", "author")]

    version = submit_version(version, reviewers=[ren], by=actor_of(mia), at=at)
    sha256 = version.sha256
    for person in (hanna, mia, UserFactory(name="Not named")):
        refused(
            NotAllowed, decide_review, version, outcome="approved", sha256=sha256, by=actor_of(person), at=at
        )
    refused(NotAllowed, decide_review, version, outcome="approved", sha256=sha256, by=BY, at=at)
    # A row that came to stand there by another way does not help the author either.
    row = PolicyReview.objects.create(version=version, reviewer=hanna)
    refused(NotAllowed, decide_review, version, outcome="approved", sha256=sha256, by=actor_of(hanna), at=at)
    row.delete()

    # Taken back and submitted by somebody else: whoever wrote or once submitted it is still its author.
    version = return_version(version, by=actor_of(ren), at=at)
    again = refused(Invalid, submit_version, version, reviewers=[mia], by=actor_of(ren), at=at)
    assert problems(again) == [("reviewers", "author")]
    assert authors_of(version) == {str(hanna.public_id), str(mia.public_id)}


def test_approvals_are_of_the_words_that_were_read_and_a_new_round_voids_them(at):
    ren, rita = UserFactory(name="Ren"), UserFactory(name="Rita")
    version = submitted(drafted(policy(quorum=2)), [ren, rita])
    read = version.sha256
    refused(OtherWords, decide_review, version, outcome="approved", sha256="0" * 64, by=actor_of(ren), at=at)
    refused(Invalid, decide_review, version, outcome="fine", sha256=read, by=actor_of(ren), at=at)
    refused(Invalid, decide_review, version, outcome="changes", sha256=read, by=actor_of(ren), at=at)
    refused(WrongState, edit_version, version, texts={"en": "Other"}, by=BY, at=at)
    refused(WrongState, edit_policy, version.policy, changes={"quorum": 1}, by=BY, at=at)
    decide_review(version, outcome="approved", sha256=read, by=actor_of(ren), at=at)

    version = return_version(version, by=BY, at=at, why="A word")
    assert (version.state, version.sha256, version.submitted_at, list(current_reviews(version))) == (
        "draft",
        "",
        None,
        [],
    )
    refused(WrongState, decide_review, version, outcome="approved", sha256=read, by=actor_of(rita), at=at)
    version = submitted(edit_version(version, texts={"en": "Other"}, by=BY, at=at), [ren, rita])
    refused(OtherWords, decide_review, version, outcome="approved", sha256=read, by=actor_of(rita), at=at)
    decide_review(version, outcome="approved", sha256=version.sha256, by=actor_of(rita), at=at)

    version.refresh_from_db()
    assert version.state == PolicyVersionState.IN_REVIEW
    assert list(PolicyReview.objects.order_by("id").values_list("round", "reviewer__name", "outcome")) == [
        (1, "Ren", "approved"),
        (1, "Rita", ""),
        (2, "Ren", ""),
        (2, "Rita", "approved"),
    ]


def test_publishing_asks_for_approval_confirmation_and_the_approved_words(at):
    version = submitted(drafted(policy()))
    refused(WrongState, publish_policy, version, by=BY, at=at)
    version = approved(return_version(version, by=BY, at=at))
    stale = refused(NotConfirmed, publish_policy, version, confirm="", by=BY, at=at)
    assert stale.extra["confirm"] == effects_of(version, at=at).token
    refused(Stale, publish_policy, version, by=BY, at=at, expected_revision=1)
    # Words that changed behind the services' back are not the approved ones.
    PolicyText.objects.filter(version=version, language="fr").update(body="Autre")
    refused(WrongState, publish_policy, version, by=BY, at=at)
    version = approved(edit_version(return_version(version, by=BY, at=at), texts=TEXTS, by=BY, at=at))
    PolicyReview.objects.filter(version=version).update(sha256="0" * 64)
    refused(WrongState, publish_policy, version, by=BY, at=at)


def test_a_policy_with_something_wrong_is_refused_and_nothing_is_written(at):
    one = published().policy
    create = {"type": "moderation", "titles": {"en": "X"}, "by": BY, "at": at}
    assert problems(refused(Duplicate, create_policy, code="USE", **create)) == [("code", "duplicate")]
    assert problems(refused(Invalid, create_policy, code="new", **create)) == [("code", "code_taken")]
    assert problems(refused(Invalid, create_policy, code="é", **create)) == [("code", "code_form")]
    wrong = {"titles": {"xx": "?"}, "review_months": 25, "grace_days": 366, "exception_days": 0, "quorum": 21}
    assert problems(refused(Invalid, edit_policy, one, changes=wrong, by=BY, at=at)) == [
        ("titles/xx", "language_unknown"),
        ("titles", "required"),
        ("review_months", "out_of_range"),
        ("grace_days", "out_of_range"),
        ("exception_days", "out_of_range"),
        ("quorum", "out_of_range"),
    ]
    gone = UserFactory(is_active=False)
    assert problems(refused(Invalid, edit_policy, one, changes={"owner": gone}, by=BY, at=at)) == [
        ("owner", "inactive")
    ]
    assert problems(refused(Invalid, edit_policy, one, changes={"code": "x"}, by=BY, at=at)) == [
        ("code", "field_unknown")
    ]

    draft = drafted(one, at=at)
    bodies = {
        "<script>alert(1)</script>": "<script>",
        "Hello <b onclick=alert(1)>you</b>": "onclick=",
        "See [here](java\tscript:alert(1))": "",
        "See [here](<java&#115;cript:alert(1)>)": "javascript:",
        "![x](data:text/html;base64,AAAA)": "data:",
        "> * <iframe src=x></iframe>": "<iframe>",
    }
    for body, found in bodies.items():
        if found:
            error = refused(Invalid, edit_version, draft, texts={"fr": body}, by=BY, at=at)
            assert (problems(error), found in error.message) == ([("texts/fr", "active_content")], True)
    edit_version(draft, texts={"fr": "Code: `<script>` and\n\n    <script>\n"}, by=BY, at=at)
    left = edit_version(draft, texts={"fr": "We are {{company}}"}, changes={"change_note": ""}, by=BY, at=at)
    assert problems(refused(Invalid, submit_version, left, reviewers=[], by=BY, at=at)) == [
        ("texts/fr", "placeholder_left"),
        ("change_note", "required"),
    ]
    ready = edit_version(draft, texts={"fr": "Nous"}, changes={"change_note": "x"}, by=BY, at=at)
    assert problems(refused(Invalid, submit_version, ready, reviewers=[gone], by=BY, at=at)) == [
        ("reviewers", "inactive")
    ]
    assert problems(refused(Invalid, submit_version, ready, reviewers=[], by=BY, at=at)) == [
        ("reviewers", "too_few")
    ]
    late = refused(Invalid, submit_version, ready, reviewers=[UserFactory()], due_at=at, by=BY, at=at)
    assert problems(late) == [("due_at", "in_past")]
    refused(WrongState, draft_version, one, by=BY, at=at)
    first = drafted(policy("first"))
    assert problems(refused(Invalid, edit_version, first, changes={"is_material": False}, by=BY, at=at)) == [
        ("is_material", "first_version")
    ]


def test_a_discarded_version_is_kept_and_drafted_from_and_an_archived_policy_comes_back(at):
    one = published().policy
    draft = drafted(one, texts={"en": "Better words"}, at=at)
    refused(Protected, archive_policy, one, by=BY, at=at, why="Old")
    refused(Invalid, discard_version, draft, by=BY, at=at, why=" ")
    discard_version(draft, by=BY, at=at, why="Not now")
    refused(WrongState, discard_version, PolicyVersion.objects.in_force().get(), by=BY, at=at, why="x")
    other = drafted(policy("other"))
    refused(Invalid, draft_version, one, source=other, by=BY, at=at)
    again = draft_version(one, source=draft, by=BY, at=at)
    assert (again.number, again.texts.get(language="en").body) == ("2.0", "Better words\n")
    discard_version(again, by=BY, at=at, why="Enough")

    refused(Invalid, archive_policy, one, by=BY, at=at, why="")
    archive_policy(one, by=BY, at=at, why="Merged")
    for work in (
        lambda: draft_version(one, by=BY, at=at),
        lambda: edit_policy(one, changes={"quorum": 2}, by=BY, at=at),
        lambda: archive_policy(one, by=BY, at=at, why="x"),
        lambda: renew_policy(one, by=BY, at=at, why="x"),
    ):
        refused(WrongState, work)
    restored = restore_policy(one, by=BY, at=at)
    refused(WrongState, restore_policy, one, by=BY, at=at)
    assert (restored.archived_at, PolicyVersion.objects.in_force().get().number) == (None, "1.0")


def test_a_policy_that_needs_no_change_is_due_one_cycle_later(at):
    one = published(review_months=6).policy
    assert Policy.objects.get().next_review_on == dt.date(2026, 7, 5)
    refused(Invalid, renew_policy, one, by=BY, at=at, why=" ")
    refused(WrongState, renew_policy, policy("empty"), by=BY, at=at, why="Read it")
    renewed = renew_policy(one, by=BY, at=at, why="Read it, nothing to change")
    assert (renewed.last_reviewed_on, renewed.next_review_on) == (at.date(), dt.date(2027, 5, 23))
    edited = edit_policy(renewed, changes={"review_months": 3}, by=BY, at=at)
    assert edited.next_review_on == dt.date(2027, 2, 23)
