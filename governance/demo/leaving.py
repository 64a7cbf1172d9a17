"""What the governance floor removes when a hub leaves its demo: all of its records. The model texts are part of the product and stay."""

from django.db import DEFAULT_DB_ALIAS

from governance.models import (
    AccessGrant,
    AccessRule,
    AccountCertification,
    AccountCheck,
    Acknowledgement,
    AcknowledgementCampaign,
    AudienceRule,
    CertificationCampaign,
    DiscoverySweep,
    Finding,
    FindingEvidence,
    GrantReview,
    Policy,
    PolicyCourse,
    PolicyDue,
    PolicyException,
    PolicyReview,
    PolicyText,
    PolicyVersion,
)

# Rows go before what they point at.
_EMPTIED = (
    FindingEvidence, Finding, DiscoverySweep.platforms.through, DiscoverySweep, AccountCheck, AccountCertification, CertificationCampaign,
    GrantReview, AccessGrant, AccessRule, PolicyDue, Acknowledgement, AcknowledgementCampaign.policies.through, AcknowledgementCampaign,
    PolicyException, PolicyReview, PolicyText, PolicyCourse, AudienceRule, PolicyVersion, Policy,
)  # fmt: skip


def leave() -> None:
    """Empty the tables, one statement each. Called inside the transaction of `coe.services.leaving`."""
    PolicyException.objects.filter(extends__isnull=False).update(extends=None)
    for model in _EMPTIED:
        model._default_manager.all()._raw_delete(using=DEFAULT_DB_ALIAS)
