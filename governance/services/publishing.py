"""Publishes approved versions. One transaction: the old version is superseded, the new one binds, and what follows is set going."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from coe.errors import DomainError, WrongState
from coe.rules.principals import Actor
from coe.services.facts import note_facts
from coe.services.history import record
from coe.services.records import locked, save_changed
from governance.enums.policies import PolicyAction, PolicyVersionState
from governance.models import Policy, PolicyVersion
from governance.rules.cycle import review_day
from governance.rules.versions import state_after
from governance.rules.wording import text_hash, version_hash
from governance.selectors.publishing import effects_of
from governance.services.audience import open_publication
from governance.services.policy_courses import end_certificates_of
from governance.services.reviews import standing_approvals


class NotConfirmed(DomainError):
    """The effects that were confirmed are not the effects of publishing now; `extra` holds the present ones."""

    code = "not_confirmed"


def _confirm(version: PolicyVersion, token: str, *, at: datetime) -> None:
    effects = effects_of(version, at=at)
    if token != effects.token:
        raise NotConfirmed(
            _(
                "What publishing does has changed since you read it, or was not confirmed. Read it again: %(effects)s"
            )
            % {"effects": " ".join(effects.sentences)},
            extra={"effects": effects.sentences, "confirm": effects.token},
        )


def _check_words(version: PolicyVersion, *, quorum: int) -> None:
    """Refuse words other than those approved, however they came to stand there."""
    bodies = dict(version.texts.values_list("language", "body"))
    told = dict(version.texts.values_list("language", "sha256"))
    is_same = version_hash(bodies) == version.sha256
    is_same &= told == {language: text_hash(body) for language, body in bodies.items()}
    if not is_same or standing_approvals(version) < quorum:
        raise WrongState(
            _("The approvals are not of these words. Take the version back to draft and submit it again.")
        )


def _supersede(policy: Policy, *, by: Actor, at: datetime) -> PolicyVersion | None:
    held = PolicyVersion.objects.in_force().filter(policy=policy).first()
    if held is None:
        return None
    old = locked(held)
    before, old.state = old.state, state_after(old.state, PolicyAction.SUPERSEDE)
    old.superseded_at = at
    save_changed(old, fields=["state", "superseded_at"], at=at)
    record("policy_version.superseded", old, by=by, at=at, changes={"state": [before, old.state]})
    return old


@transaction.atomic
def publish_policy(
    version: PolicyVersion,
    *,
    by: Actor,
    at: datetime,
    why: str = "",
    confirm: str | None = None,
    expected_revision: int | None = None,
) -> PolicyVersion:
    """Bind people by an approved version from now on. Telling them is the worker's; this returns at once.

    `confirm` is the token of the effects the caller was shown (`governance.selectors.publishing`); every door for people asks for it.

    :raises WrongState: it is not approved (any more), its words are not the approved ones, or the policy is archived.
    :raises Invalid: people acknowledge it, and its audience matches nobody.
    :raises NotConfirmed: publishing would do something else than what was confirmed. :raises Stale: `expected_revision` is old.
    """
    policy = locked(version.policy)
    version = locked(version, expected_revision=expected_revision)
    state = state_after(version.state, PolicyAction.PUBLISH)
    if policy.archived_at is not None:
        raise WrongState(_("%(policy)s is archived. Restore it first.") % {"policy": policy})
    _check_words(version, quorum=policy.quorum)
    if confirm is not None:
        _confirm(version, confirm, at=at)
    old = _supersede(policy, by=by, at=at)
    version.state, version.published_at, version.published_by_id = state, at, by.user_id
    save_changed(version, fields=["state", "published_at", "published_by"], at=at)
    version.policy = policy
    if version.ends_certificates:
        end_certificates_of(policy, by=by, at=at)
    policy.last_reviewed_on = at.date()
    policy.next_review_on = review_day(policy.last_reviewed_on, policy.review_months)
    save_changed(policy, fields=["last_reviewed_on", "next_review_on"], at=at)
    record(
        "policy_version.published",
        version,
        by=by,
        at=at,
        why=why or version.change_note,
        changes={
            "state": [PolicyVersionState.APPROVED, state],
            "supersedes": [None, old.number if old else ""],
            "sha256": [None, version.sha256],
            "next_review_on": [None, policy.next_review_on],
        },
    )
    note_facts([(None, "policies")], at=at)
    # Refuses an audience of nobody, and then nothing of the above is kept.
    return open_publication(version, by=by, at=at)
