"""Who runs a session, and who may take a seat for whom."""

from coe.enums.roles import Permission
from coe.errors import NotAllowed
from coe.rules.principals import Principal
from coe.rules.scope import may
from training.models import Session


def may_run(principal: Principal, session: Session) -> bool:
    """Whether the caller plans, changes and notes the attendance of a session: its trainer, and who records training there."""
    is_trainer = principal.user is not None and session.trainer_id == principal.user.pk
    return is_trainer or may(principal, Permission.RECORD_TRAINING, session.line_id)


def require_run(principal: Principal, session: Session) -> None:
    """Refuse unless the caller runs the session.

    :raises NotAllowed: they are neither its trainer nor keep training records there.
    """
    if not may_run(principal, session):
        raise NotAllowed()
