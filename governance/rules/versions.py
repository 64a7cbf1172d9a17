"""What may follow what in the life of a version, and how versions are numbered. Pure."""

from django.utils.translation import gettext as _

from coe.errors import WrongState
from governance.enums.policies import POLICY_TRANSITIONS, PolicyAction, PolicyVersionState

FIRST = (1, 0)


def next_number(last: tuple[int, int] | None, *, is_material: bool) -> tuple[int, int]:
    """(major, minor) after the last published one: a material version begins a new major number. The first is 1.0."""
    if last is None:
        return FIRST
    return (last[0] + 1, 0) if is_material else (last[0], last[1] + 1)


def state_after(state: str, action: PolicyAction) -> PolicyVersionState:
    """The state an action leads to.

    :raises WrongState: it cannot be done from here.
    """
    found = POLICY_TRANSITIONS.get((PolicyVersionState(state), action))
    if found is None:
        raise WrongState(
            _("“%(action)s” is not possible: the version is “%(state)s”. Load the page again.")
            % {"action": action.label, "state": PolicyVersionState(state).label},
            extra={"state": state},
        )
    return found
