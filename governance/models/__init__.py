"""The records of governance. One aggregate a file; import from here."""

from governance.models.access import AccessGrant, AccessRule, GrantReview
from governance.models.acknowledgements import Acknowledgement, AcknowledgementCampaign, PolicyDue
from governance.models.certification import AccountCertification, AccountCheck, CertificationCampaign
from governance.models.discovery import DiscoverySweep, Finding, FindingEvidence
from governance.models.exceptions import PolicyException
from governance.models.policies import (
    AudienceRule,
    Policy,
    PolicyCourse,
    PolicyReview,
    PolicyText,
    PolicyVersion,
)

__all__ = [
    "AccessGrant", "AccessRule", "AccountCertification", "AccountCheck", "Acknowledgement", "AcknowledgementCampaign",
    "AudienceRule", "CertificationCampaign", "DiscoverySweep", "Finding", "FindingEvidence", "GrantReview", "Policy", "PolicyCourse",
    "PolicyDue", "PolicyException", "PolicyReview", "PolicyText", "PolicyVersion",
]  # fmt: skip
