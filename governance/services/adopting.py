"""Adopts a model text of the library as a policy of the company, and takes its later wording into a new draft."""

from collections.abc import Mapping
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from coe.errors import Duplicate, Invalid, Problem
from coe.models import User
from coe.rules.principals import Actor
from coe.services.history import record
from governance.library import ModelPolicy, fill
from governance.models import Policy, PolicyVersion
from governance.selectors.audience import Rule
from governance.services.audience import set_audience
from governance.services.policies import create_policy
from governance.services.policy_courses import teach_policy
from governance.services.versions import draft_version, edit_version
from training.models import Course

ADOPTED = "policy.adopted"


def _filled(model: ModelPolicy, values: Mapping[str, Mapping[str, str]]) -> dict[str, str]:
    """The texts with what was given filled in; what was not stays in braces and is asked for at submission."""
    problems = [
        Problem(f"values/{name}", "too_long", _("At most %(most)d characters, please.") % {"most": 300})
        for name, given in values.items()
        if any(len(text) > 300 for text in given.values())
    ]
    if problems:
        raise Invalid(problems[0].message, problems=tuple(problems))
    return {
        language: fill(body, {name: given.get(language, "") for name, given in values.items()})
        for language, body in model.bodies.items()
    }


def _note(policy: Policy, model: ModelPolicy, *, by: Actor, at: datetime) -> None:
    # Which wording was taken is told by the history: a later one shows as news until it is taken, too.
    record(
        ADOPTED,
        policy,
        by=by,
        at=at,
        changes={"library_sha256": [None, model.sha256], "library": [None, model.type]},
    )


@transaction.atomic
def adopt_model(
    model: ModelPolicy,
    *,
    values: Mapping[str, Mapping[str, str]],
    by: Actor,
    at: datetime,
    owner: User | None = None,
) -> PolicyVersion:
    """Make a model text a policy with a draft in every language it ships in. `values` fills placeholders: name → language → words.

    Its audience is set as the model says: everybody, or the roles it names. Those courses the model names that this hub offers teach it.

    :raises Duplicate: it was adopted before. :raises Invalid: a value is too long.
    """
    held = Policy.objects.filter(library_code=model.type).first()
    if held is not None:
        raise Duplicate.one(
            "type", "duplicate", _("It was adopted before, as %(code)s.") % {"code": held.code}
        )
    policy = create_policy(
        code=model.type.replace("_", "-"), type=model.type, titles=dict(model.titles), summaries=dict(model.summaries), owner=owner,
        review_months=model.review_months, grace_days=model.grace_days, exception_days=model.exception_days,
        is_acknowledged=model.needs_acknowledgement, is_public=model.is_public, library_code=model.type, by=by, at=at,
    )  # fmt: skip
    roles = ("",) if model.audience.is_everyone else model.audience.roles
    set_audience(policy, rules=[Rule(role=role) for role in roles], by=by, at=at)
    for course in Course.objects.offered().filter(code__in=model.courses).order_by("code_key"):  # type: ignore[attr-defined]  # our queryset words
        teach_policy(policy, course=course, by=by, at=at)
    _note(policy, model, by=by, at=at)
    version = draft_version(policy, by=by, at=at)
    return edit_version(version, texts=_filled(model, values), by=by, at=at)


@transaction.atomic
def take_later_wording(
    policy: Policy, *, model: ModelPolicy, values: Mapping[str, Mapping[str, str]], by: Actor, at: datetime
) -> PolicyVersion:
    """Draft the next version of an adopted policy from the model's wording of today; its difference shows what to keep of one's own.

    :raises WrongState: a version is on its way, or the policy is archived. :raises Invalid: a value is too long.
    """
    version = draft_version(policy, by=by, at=at)
    _note(policy, model, by=by, at=at)
    note = _("The model text has changed")
    return edit_version(version, changes={"change_note": note}, texts=_filled(model, values), by=by, at=at)
