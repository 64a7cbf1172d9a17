"""Levels of access to an account, the life of a grant and what its re-certification says."""

from collections.abc import Mapping

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class AccessLevel(TextChoices):
    """What a person can do with an account, from least to most."""

    ANALYST = "analyst", _("Reads figures")
    MODERATOR = "moderator", _("Answers and moderates")
    PUBLISHER = "publisher", _("Publishes")
    ADVERTISER = "advertiser", _("Runs advertisements")
    ADMIN = "admin", _("Administers")


# Granting or keeping these takes two people.
FOUR_EYES_LEVELS = (AccessLevel.ADMIN,)


class GrantState(TextChoices):
    """Where a grant stands. It is `revoking` from the moment access must end until somebody says that the platform's switch was turned."""

    REQUESTED = "requested", _("Waiting for a second person")
    ACTIVE = "active", _("Active")
    REVOKING = "revoking", _("To be revoked")
    REVOKED = "revoked", _("Revoked")
    REFUSED = "refused", _("Refused")
    WITHDRAWN = "withdrawn", _("Withdrawn")


# The person can get in, or may soon.
OPEN_GRANT_STATES = (GrantState.REQUESTED, GrantState.ACTIVE, GrantState.REVOKING)
# The person can get in.
HELD_GRANT_STATES = (GrantState.ACTIVE, GrantState.REVOKING)

_S = GrantState
GRANT_TRANSITIONS: Mapping[GrantState, frozenset[GrantState]] = {
    _S.REQUESTED: frozenset({_S.ACTIVE, _S.REFUSED, _S.WITHDRAWN}),
    _S.ACTIVE: frozenset({_S.REVOKING, _S.REVOKED}),
    _S.REVOKING: frozenset({_S.REVOKED, _S.ACTIVE}),
    _S.REVOKED: frozenset(),
    _S.REFUSED: frozenset(),
    _S.WITHDRAWN: frozenset(),
}


class RevokeCause(TextChoices):
    """Why access must end."""

    NONE = "", _("None")
    LEFT = "left", _("Left the company")
    MOVED = "moved", _("Moved to other work")
    NOT_KEPT = "not_kept", _("Not confirmed at re-certification")
    NO_CERTIFICATE = "no_certificate", _("The certificate or exception it rested on ended")
    ENDED = "ended", _("The agreed end was reached")
    ACCOUNT_CLOSED = "account_closed", _("The account was closed")
    ASKED = "asked", _("No longer needed")


class GrantReviewOutcome(TextChoices):
    """What the account's owner says of a grant, every quarter."""

    KEEP = "keep", _("Keep")
    REVOKE = "revoke", _("Revoke")


class GrantBasis(TextChoices):
    """What a grant rested on when it was given."""

    CERTIFICATE = "certificate", _("Certificate")
    EXCEPTION = "exception", _("Exception")
    NONE_NEEDED = "none_needed", _("No course is asked for this level")
