"""What may be wrong with what is asked for: the subject, the end, the approver."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from coe.errors import Invalid, NotAllowed, Problem
from coe.models import BusinessLine, User
from coe.rules.principals import principal_of
from governance.enums.exceptions import ExceptionSubject
from governance.models import Policy, PolicyException
from governance.rules.exceptions import longest_until, require_decide
from governance.selectors.exceptions import known_codes

LONGEST_TEXT = 4000


def check_lengths(texts: Mapping[str, Any]) -> list[Problem]:
    """What is wrong with the long texts: one is too long to be read by whoever decides."""
    return [
        Problem(name, "too_long", _("At most %(most)d characters, please.") % {"most": LONGEST_TEXT})
        for name in ("reason", "compensating_control")
        if len(texts.get(name, "")) > LONGEST_TEXT
    ]


def check_end(expires_at: datetime, *, policy: Policy | None, at: datetime) -> list[Problem]:
    """What is wrong with an end: it has passed, or lies beyond the longest allowed day, which is named."""
    if expires_at <= at:
        return [Problem("expires_at", "in_the_past", _("The end has passed already; choose a later one."))]
    last = longest_until(policy, at)
    if expires_at > last:
        # A day ends with its midnight: the last one that ends in time.
        day = date_format(timezone.localdate(last) - timedelta(days=1), "DATE_FORMAT")
        message = _("Too long: at most until %(day)s. It can be extended by a new review later.") % {
            "day": day
        }
        return [Problem("expires_at", "too_long", message)]
    return []


def check_approver(
    approver: User | None,
    *,
    line: BusinessLine | None,
    requester_id: int,
    person_id: int | None,
    at: datetime,
) -> list[Problem]:
    """What is wrong with who shall decide: it is their own, or they hold no right to."""
    if approver is None:
        return []
    if approver.pk in (requester_id, person_id):
        message = _("Nobody decides about their own exception; name somebody else.")
        return [Problem("approver", "own", message)]
    probe = PolicyException(line=line, requester_id=requester_id, person_id=person_id)
    try:
        require_decide(principal_of(approver, at), probe)
    except NotAllowed:
        message = _("%(name)s may not decide exceptions; name somebody of the hub.") % {"name": approver}
        return [Problem("approver", "may_not_decide", message)]
    return []


def check_criterion(code: str) -> list[Problem]:
    """What is wrong with the code of a criterion: the published rubric has no such."""
    if not code or code in known_codes([code]):
        return []
    message = _("“%(code)s” is no criterion of the published rubric.") % {"code": code}
    return [Problem("criterion", "criterion_unknown", message)]


def check_subject(subject: str, given: Mapping[str, Any]) -> list[Problem]:
    """What is wrong with the subject: what it is about is missing. What else is named says where the exception holds."""
    needed = {
        ExceptionSubject.POLICY: "policy", ExceptionSubject.CRITERION: "criterion", ExceptionSubject.ACCOUNT: "account",
        ExceptionSubject.COURSE: "course",
    }  # fmt: skip
    if subject not in ExceptionSubject.values:
        return [Problem("subject", "choice_unknown", _("Choose what the exception is from."))]
    wanted = needed[ExceptionSubject(subject)]
    problems = []
    if not given[wanted]:
        problems.append(Problem(wanted, "required", _("Say which one the exception is from.")))
    if given["clause"] and not given["policy"]:
        problems.append(
            Problem("clause", "policy_missing", _("A clause belongs to a policy; name the policy."))
        )
    if given["criterion"]:
        if subject != ExceptionSubject.CRITERION:
            message = _("A criterion is named only by an exception from a criterion.")
            problems.append(Problem("criterion", "not_asked", message))
        else:
            problems += check_criterion(given["criterion"])
        if given["person"] is not None:
            message = _("A criterion is met by a line, not by a person; leave the person out.")
            problems.append(Problem("person", "not_asked", message))
    if given["policy"] is not None and given["policy"].archived_at is not None:
        problems.append(
            Problem("policy", "archived", _("This policy is archived; nobody needs an exception from it."))
        )
    if given["person"] is not None and not given["person"].is_active:
        problems.append(Problem("person", "inactive", _("%(name)s has left.") % {"name": given["person"]}))
    return problems


def refuse(problems: list[Problem]) -> None:
    """Refuse for these problems; nothing for none.

    :raises Invalid: there are some.
    """
    if problems:
        raise Invalid(problems[0].message, problems=tuple(problems))
