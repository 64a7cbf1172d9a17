"""What may become of a finding, who may say so, and how business days are counted. Pure."""

from datetime import datetime, timedelta

from django.utils.translation import gettext as _

from coe.enums.roles import Permission
from coe.errors import NotAllowed, WrongState
from coe.rules.principals import Principal
from coe.rules.scope import may
from coe.rules.working_time import WorkingTime
from governance.enums.discovery import FINDING_TRANSITIONS, KIND_STATES, FindingKind, FindingState
from governance.models import Finding


def require_step(finding: Finding, new: FindingState) -> None:
    """Refuse a state that does not follow from the finding's, or that its kind forbids.

    :raises WrongState: it does not; the message says what to do instead.
    """
    kind, state = FindingKind(finding.kind), FindingState(finding.state)
    if kind == FindingKind.UNKNOWN and new != FindingState.NEW:
        raise WrongState(_("Say first what this account is: judge it."), extra={"state": state})
    if new not in KIND_STATES[kind]:
        raise WrongState(
            _("“%(state)s” is not possible for this kind: %(kind)s. Judge it anew if it is something else.")
            % {"state": new.label, "kind": kind.label},
            extra={"state": state},
        )
    if new != state and new not in FINDING_TRANSITIONS[state]:
        raise WrongState(
            _("“%(new)s” does not follow from “%(state)s”.") % {"new": new.label, "state": state.label},
            extra={"state": state},
        )


def after_judgement(kind: FindingKind) -> FindingState:
    """Where a judgement leads: protest and parody are lawful and are left alone, everything else waits to be acted on."""
    return FindingState.LEFT_ALONE if kind == FindingKind.PROTEST else FindingState.TRIAGED


def require_report(principal: Principal, line_id: int | None) -> None:
    """Refuse whoever may not report a finding: on a line they need the right there, without a line they need it somewhere.

    :raises NotAllowed: they may not.
    """
    fits = (
        principal.holds_anywhere(Permission.REPORT_FINDING)
        if line_id is None
        else may(principal, Permission.REPORT_FINDING, line_id)
    )
    if not fits:
        raise NotAllowed()


def business_days(working: WorkingTime, start: datetime, end: datetime) -> int:
    """How many working days of a calendar end between two instants: found on Friday and judged on Monday is one.

    The day of the start does not count, as in `WorkingTime.after_days`; zero on the same day.
    """
    first, last = (one.astimezone(working.zone).date() for one in (start, end))
    found, day = 0, first
    while day < last:
        day += timedelta(days=1)
        found += bool(working.spans(day))
    return found
