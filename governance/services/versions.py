"""Drafts, edits and discards policy versions. A published version never changes; a new one takes its place."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from coe.errors import Invalid, Problem, WrongState
from coe.rules.principals import Actor
from coe.services.facts import note_facts
from coe.services.history import changed, record, snapshot
from coe.services.records import clean_values, locked, save_changed
from governance.enums.policies import PolicyAction, PolicyVersionState
from governance.models import Policy, PolicyText, PolicyVersion
from governance.rules.versions import next_number, state_after
from governance.rules.wording import active_content, text_hash
from training.services.texts import clean_texts

EDITABLE = frozenset({"is_material", "ends_certificates", "change_note"})
# Characters of one language: the longest handbooks have a tenth of it.
LONGEST_POLICY = 400_000


def _last_number(policy: Policy) -> tuple[int, int] | None:
    told = PolicyVersion.objects.filter(policy=policy, published_at__isnull=False)
    last = told.order_by("-major", "-minor").first()
    return (last.major, last.minor) if last else None


def _store(version: PolicyVersion, bodies: Mapping[str, str]) -> None:
    PolicyText.objects.bulk_create(
        [
            PolicyText(version=version, language=language, body=body, sha256=text_hash(body))
            for language, body in sorted(bodies.items())
        ]
    )


def clean_bodies(value: Any, *, problems: list[Problem]) -> dict[str, str]:
    """Markdown per language, checked; what is wrong is added to `problems` under `texts/<language>`."""
    if isinstance(value, Mapping):
        # One way to end a line: the hash is of the words, not of the system they were typed on.
        value = {
            code: text.replace("\r\n", "\n").replace("\r", "\n") if isinstance(text, str) else text
            for code, text in value.items()
        }
    bodies = clean_texts("texts", value=value, problems=problems, is_required=False, most=LONGEST_POLICY)
    for language, body in bodies.items():
        if found := active_content(body):
            message = _("Take out “%(found)s”: a policy is words, and nothing in it may run as a program.")
            problems.append(Problem(f"texts/{language}", "active_content", message % {"found": found}))
    return {language: f"{body}\n" for language, body in bodies.items()}


@transaction.atomic
def draft_version(
    policy: Policy,
    *,
    by: Actor,
    at: datetime,
    why: str = "",
    source: PolicyVersion | None = None,
) -> PolicyVersion:
    """Open the next version, a copy of the last published one or of `source` (any version of this policy, a discarded one too).

    It is a material change until its writer says otherwise.

    :raises WrongState: the policy is archived, or has a version on its way. :raises Invalid: `source` belongs to another policy.
    """
    policy = locked(policy)
    if policy.archived_at is not None:
        raise WrongState(_("%(policy)s is archived. Restore it first.") % {"policy": policy})
    on_its_way = PolicyVersion.objects.open().filter(policy=policy).first()
    if on_its_way is not None:
        raise WrongState(
            _("Version %(number)s is on its way already; go on with that one.")
            % {"number": on_its_way.number},
            extra={"version": on_its_way.number},
        )
    if source is not None and source.policy_id != policy.pk:
        raise Invalid.one("source", "other_policy", _("This version is of another policy."))
    if source is None:
        told = PolicyVersion.objects.filter(policy=policy, published_at__isnull=False)
        source = told.order_by("-major", "-minor").first()
    major, minor = next_number(_last_number(policy), is_material=True)
    version = PolicyVersion(policy=policy, major=major, minor=minor, created_at=at, updated_at=at)
    version.save(force_insert=True)
    if source is not None:
        _store(version, dict(source.texts.values_list("language", "body")))
    record("policy_version.drafted", version, by=by, at=at, changes=changed({}, snapshot(version)), why=why)
    return version


@transaction.atomic
def edit_version(
    version: PolicyVersion,
    *,
    changes: Mapping[str, Any] | None = None,
    texts: Mapping[str, str] | None = None,
    by: Actor,
    at: datetime,
    why: str = "",
    expected_revision: int | None = None,
) -> PolicyVersion:
    """Change a draft. `texts` holds Markdown by language: those named are replaced (an empty one is taken out), others stay.

    Whether the change is material decides the number: material begins a new major one.

    :raises WrongState: it is no draft. :raises Invalid: a part is wrong; each problem names its place.
    :raises Stale: `expected_revision` is old.
    """
    version = locked(version, expected_revision=expected_revision)
    if version.state != PolicyVersionState.DRAFT:
        raise WrongState(
            _(
                "Version %(number)s is “%(state)s” and does not change. Take it back to draft, or draft a new one."
            )
            % {"number": version.number, "state": PolicyVersionState(version.state).label},
            extra={"state": version.state},
        )
    values = clean_values(PolicyVersion, values=changes or {}, allowed=EDITABLE)
    problems: list[Problem] = []
    bodies = clean_bodies(texts, problems=problems) if texts is not None else {}
    last = _last_number(version.policy)
    if last is None and values.get("is_material") is False:
        message = _("The first version is material: everybody acknowledges it.")
        problems.append(Problem("is_material", "first_version", message))
    if problems:
        raise Invalid(problems[0].message, problems=tuple(problems))
    before = snapshot(version)
    for name, value in values.items():
        setattr(version, name, value)
    version.major, version.minor = next_number(last, is_material=version.is_material)
    difference = changed(before, snapshot(version))
    difference |= _replace_texts(version, bodies, named=texts or {})
    if difference:
        save_changed(version, fields=[*values, "major", "minor"], at=at)
        record("policy_version.updated", version, by=by, at=at, changes=difference, why=why)
    return version


def _replace_texts(
    version: PolicyVersion, bodies: Mapping[str, str], *, named: Mapping[str, Any]
) -> dict[str, list[Any]]:
    """Store the named languages' texts; the history tells hashes, for the words are kept in versions."""
    held = dict(version.texts.filter(language__in=list(named)).values_list("language", "body"))
    touched = sorted(code for code in named if held.get(code, "") != bodies.get(code, ""))
    if not touched:
        return {}
    PolicyText.objects.filter(version=version, language__in=touched).delete()
    _store(version, {code: bodies[code] for code in touched if code in bodies})
    return {
        f"texts/{code}": [text_hash(held[code]) if code in held else None, text_hash(bodies[code]) if code in bodies else None]
        for code in touched
    }  # fmt: skip


@transaction.atomic
def discard_version(
    version: PolicyVersion, *, by: Actor, at: datetime, why: str, expected_revision: int | None = None
) -> PolicyVersion:
    """Give up a version that was not published. It is kept, and a new draft may start from its words.

    :raises WrongState: it is published or was. :raises Invalid: no reason is given. :raises Stale: `expected_revision` is old.
    """
    version = locked(version, expected_revision=expected_revision)
    state = state_after(version.state, PolicyAction.DISCARD)
    if not why.strip():
        raise Invalid.one("why", "required", _("Say why."))
    before, version.state = version.state, state
    save_changed(version, fields=["state"], at=at)
    record("policy_version.discarded", version, by=by, at=at, changes={"state": [before, state]}, why=why)
    note_facts([(None, "policies")], at=at)
    return version
