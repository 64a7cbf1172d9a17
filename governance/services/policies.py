"""Creates, edits, archives and restores policies. What a policy says is `governance.services.versions`."""

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from coe.errors import Duplicate, Invalid, Problem, Protected, WrongState
from coe.models import User
from coe.rules.principals import Actor
from coe.services.facts import note_facts
from coe.services.history import changed, record, snapshot
from coe.services.later import later
from coe.services.records import clean_values, locked, save_changed
from governance.enums.policies import PolicyVersionState
from governance.models import Policy, PolicyVersion
from governance.rules.cycle import review_day
from governance.services.audience import close_audience
from training.services.texts import LONGEST_TEXT, clean_texts

EDITABLE = frozenset(
    {
        "type", "titles", "summaries", "owner", "review_months", "grace_days", "exception_days", "is_acknowledged", "is_public", "quorum",
    }
)  # fmt: skip
# Addresses of pages beside those of policies.
RESERVED = frozenset(
    {
        "new",
        "import",
        "library",
        "campaigns",
        "coverage",
        "mine",
        "due",
        "exceptions",
        "acknowledgements",
        "audience",
    }
)
_RANGES = (("review_months", 1, 24), ("grace_days", 0, 365), ("exception_days", 1, 366), ("quorum", 1, 20))
_CODE = re.compile(r"[a-z0-9][a-z0-9_-]{0,59}")


def clean_code(code: str) -> str:
    """A code as it stands in addresses.

    :raises Invalid: it is no code, or the pages need it. :raises Duplicate: a policy has it.
    """
    code = code.strip().casefold()
    if not _CODE.fullmatch(code):
        raise Invalid.one(
            "code", "code_form", _("A code has letters without accents, digits, “-” and “_” only, and at most 60 of them.")
        )  # fmt: skip
    if code in RESERVED:
        message = _("“%(code)s” is an address of the pages; choose another code.") % {"code": code}
        raise Invalid.one("code", "code_taken", message)
    if Policy.objects.filter(code=code).exists():
        raise Duplicate.one("code", "duplicate", _("The policy %(code)s exists already.") % {"code": code})
    return code


def _checked(values: Mapping[str, Any]) -> dict[str, Any]:
    problems: list[Problem] = []
    out = dict(values)
    if "titles" in out:
        out["titles"] = clean_texts("titles", value=out["titles"], problems=problems)
    if "summaries" in out:
        out["summaries"] = clean_texts(
            "summaries", value=out["summaries"], problems=problems, is_required=False, most=LONGEST_TEXT
        )
    for name, low, high in _RANGES:
        if name in out and not low <= out[name] <= high:
            message = _("Choose %(low)d to %(high)d.") % {"low": low, "high": high}
            problems.append(Problem(name, "out_of_range", message))
    owner = out.get("owner")
    if isinstance(owner, User) and not owner.is_active:
        problems.append(
            Problem(
                "owner",
                "inactive",
                _("%(person)s has left; choose somebody who is here.") % {"person": owner},
            )
        )
    if problems:
        raise Invalid(problems[0].message, problems=tuple(problems))
    return out


@transaction.atomic
def create_policy(*, code: str, by: Actor, at: datetime, why: str = "", **fields: Any) -> Policy:
    """Add a policy without words; its first version is drafted next.

    :raises Invalid: a field is wrong. :raises Duplicate: the code is taken.
    """
    library_code = str(fields.pop("library_code", ""))[:60]
    code = clean_code(code)
    values = _checked({"titles": {}, **clean_values(Policy, values=fields, allowed=EDITABLE)})
    policy = Policy(code=code, library_code=library_code, created_at=at, updated_at=at, **values)
    if not policy.type:
        raise Invalid.one("type", "required", _("Choose a type."))
    policy.save(force_insert=True)
    record("policy.created", policy, by=by, at=at, changes=changed({}, snapshot(policy)), why=why)
    note_facts([(None, "policies")], at=at)
    return policy


@transaction.atomic
def edit_policy(
    policy: Policy,
    *,
    changes: Mapping[str, Any],
    by: Actor,
    at: datetime,
    why: str = "",
    expected_revision: int | None = None,
) -> Policy:
    """Change what is said about a policy; its words stand in versions. A new review cycle counts from the last review.

    :raises Invalid: a field is wrong. :raises Stale: `expected_revision` is old.
    :raises WrongState: it is archived, or its quorum would change under a version that is being judged.
    """
    policy = locked(policy, expected_revision=expected_revision)
    _living(policy)
    values = _checked(clean_values(Policy, values=changes, allowed=EDITABLE))
    if values.get("quorum", policy.quorum) != policy.quorum:
        judged = PolicyVersion.objects.filter(
            policy=policy, state__in=(PolicyVersionState.IN_REVIEW, PolicyVersionState.APPROVED)
        )
        if judged.exists():
            raise WrongState(
                _(
                    "A version is being judged by the quorum it was submitted under. Take it back to draft first."
                )
            )
    before = snapshot(policy)
    for name, value in values.items():
        setattr(policy, name, value)
    if policy.last_reviewed_on is not None and policy.review_months != before["review_months"]:
        policy.next_review_on = review_day(policy.last_reviewed_on, policy.review_months)
        values["next_review_on"] = policy.next_review_on
    difference = changed(before, snapshot(policy))
    if difference:
        save_changed(policy, fields=values, at=at)
        record("policy.updated", policy, by=by, at=at, changes=difference, why=why)
        note_facts([(None, "policies")], at=at)
    return policy


@transaction.atomic
def archive_policy(
    policy: Policy, *, by: Actor, at: datetime, why: str, expected_revision: int | None = None
) -> Policy:
    """Take a policy out of force: nobody is bound by it or owes an acknowledgement any more. What was said stays.

    :raises WrongState: it is archived already. :raises Invalid: no reason is given. :raises Protected: a version is on its way.
    """
    policy = locked(policy, expected_revision=expected_revision)
    _living(policy)
    if not why.strip():
        raise Invalid.one("why", "required", _("Say why."))
    on_its_way = PolicyVersion.objects.open().filter(policy=policy).first()
    if on_its_way is not None:
        raise Protected(
            _("Version %(number)s is on its way. Publish or discard it first.")
            % {"number": on_its_way.number},
            extra={"blockers": [on_its_way.number]},
        )
    policy.archived_at = at
    save_changed(policy, fields=["archived_at"], at=at)
    record("policy.archived", policy, by=by, at=at, changes={"archived_at": [None, at]}, why=why)
    close_audience(policy, by=by, at=at)
    note_facts([(None, "policies")], at=at)
    return policy


@transaction.atomic
def restore_policy(
    policy: Policy, *, by: Actor, at: datetime, why: str = "", expected_revision: int | None = None
) -> Policy:
    """Bring an archived policy back as it was: its version in force binds people again.

    :raises WrongState: it is not archived.
    """
    policy = locked(policy, expected_revision=expected_revision)
    if policy.archived_at is None:
        raise WrongState(_("%(policy)s is not archived.") % {"policy": policy})
    before = policy.archived_at
    policy.archived_at = None
    save_changed(policy, fields=["archived_at"], at=at)
    record("policy.restored", policy, by=by, at=at, changes={"archived_at": [before, None]}, why=why)
    # The worker asks those again whom its version in force binds now.
    later("governance.keep_audiences", policy_id=policy.pk)
    note_facts([(None, "policies")], at=at)
    return policy


def _living(policy: Policy) -> None:
    if policy.archived_at is not None:
        raise WrongState(_("%(policy)s is archived. Restore it first.") % {"policy": policy})
