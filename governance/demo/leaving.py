"""What the governance floor removes when a hub leaves its demo: all of its records. The model texts are part of the product and stay."""

from pathlib import Path

from django.db import DEFAULT_DB_ALIAS, transaction

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
from governance.services.evidence import path_of

# Rows go before what they point at.
_EMPTIED = (
    FindingEvidence, Finding, DiscoverySweep.platforms.through, DiscoverySweep, AccountCheck, AccountCertification, CertificationCampaign,
    GrantReview, AccessGrant, AccessRule, PolicyDue, Acknowledgement, AcknowledgementCampaign.policies.through, AcknowledgementCampaign,
    PolicyException, PolicyReview, PolicyText, PolicyCourse, AudienceRule, PolicyVersion, Policy,
)  # fmt: skip


def leave() -> None:
    """Empty the tables, one statement each, and remove the files of evidence. Called inside the transaction of `coe.services.leaving`."""
    files = {path_of(row) for row in FindingEvidence.objects.exclude(stored_path="")}
    transaction.on_commit(lambda: _forget(files))
    PolicyException.objects.filter(extends__isnull=False).update(extends=None)
    for model in _EMPTIED:
        model._default_manager.all()._raw_delete(using=DEFAULT_DB_ALIAS)


def _forget(files: set[Path]) -> None:
    for path in files:
        path.unlink(missing_ok=True)
