"""The life of an exception (a waiver), as data."""

from collections.abc import Mapping

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class ExceptionSubject(TextChoices):
    """What an exception is made from."""

    POLICY = "policy", _("A policy or one of its clauses")
    CRITERION = "criterion", _("A criterion of the maturity model")
    ACCOUNT = "account", _("An account")
    COURSE = "course", _("A certificate that access needs")


class ExceptionState(TextChoices):
    """Where an exception stands."""

    REQUESTED = "requested", _("Requested")
    IN_REVIEW = "in_review", _("In review")
    ACTIVE = "active", _("Active")
    REJECTED = "rejected", _("Rejected")
    WITHDRAWN = "withdrawn", _("Withdrawn")
    EXPIRED = "expired", _("Expired")
    REVOKED = "revoked", _("Revoked")
    CLOSED = "closed", _("Closed")


# Nobody has decided yet.
PENDING_STATES = (ExceptionState.REQUESTED, ExceptionState.IN_REVIEW)


class ExceptionAction(TextChoices):
    """Verbs that move an exception."""

    TAKE_UP = "take_up", _("Take up for review")
    APPROVE = "approve", _("Approve")
    REJECT = "reject", _("Reject")
    WITHDRAW = "withdraw", _("Withdraw")
    EXPIRE = "expire", _("Expire")
    REVOKE = "revoke", _("Revoke")
    CLOSE = "close", _("Close")


_S, _A = ExceptionState, ExceptionAction
EXCEPTION_TRANSITIONS: Mapping[tuple[ExceptionState, ExceptionAction], ExceptionState] = {
    (_S.REQUESTED, _A.TAKE_UP): _S.IN_REVIEW,
    (_S.REQUESTED, _A.REJECT): _S.REJECTED,
    (_S.REQUESTED, _A.WITHDRAW): _S.WITHDRAWN,
    (_S.IN_REVIEW, _A.APPROVE): _S.ACTIVE,
    (_S.IN_REVIEW, _A.REJECT): _S.REJECTED,
    (_S.IN_REVIEW, _A.WITHDRAW): _S.WITHDRAWN,
    (_S.ACTIVE, _A.EXPIRE): _S.EXPIRED,
    (_S.ACTIVE, _A.REVOKE): _S.REVOKED,
    (_S.ACTIVE, _A.CLOSE): _S.CLOSED,
    (_S.EXPIRED, _A.CLOSE): _S.CLOSED,
    (_S.REVOKED, _A.CLOSE): _S.CLOSED,
}
# No exception lasts longer, whatever its policy allows (domain research, section 3: GASP, WEBER).
LONGEST_DAYS = 366
