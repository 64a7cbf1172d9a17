"""Types of policies, the life of a version, and what people answer."""

from collections.abc import Mapping

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class PolicyType(TextChoices):
    """The fourteen policies a social media programme needs, and what else a company has."""

    EMPLOYEE_USE = "employee_use", _("Employee social media use")
    DISCLOSURE = "disclosure", _("Disclosure and endorsement")
    ACCOUNT_LIFECYCLE = "account_lifecycle", _("Account life cycle and naming")
    ACCESS_CREDENTIALS = "access_credentials", _("Access and credentials")
    BRAND_VOICE = "brand_voice", _("Brand voice and content")
    MODERATION = "moderation", _("Moderation and comments")
    CONTENT_REMOVAL = "content_removal", _("Content removal")
    ESCALATION_CRISIS = "escalation_crisis", _("Escalation and crisis")
    RECORDS_RETENTION = "records_retention", _("Records and retention")
    PAID_INFLUENCER = "paid_influencer", _("Paid social and influencers")
    ACCESSIBILITY = "accessibility", _("Accessibility")
    AI_CONTENT = "ai_content", _("AI-generated content")
    PLATFORM_TOOLS = "platform_tools", _("Platform and tool approval")
    EXECUTIVE_ACCOUNTS = "executive_accounts", _("Executive and spokesperson accounts")
    OTHER = "other", _("Other")


# The five that criterion GOV-C2 asks for: employee use and disclosure, access, moderation, crisis, records.
CORE_TYPES = (
    PolicyType.EMPLOYEE_USE,
    PolicyType.ACCESS_CREDENTIALS,
    PolicyType.MODERATION,
    PolicyType.ESCALATION_CRISIS,
    PolicyType.RECORDS_RETENTION,
)


class PolicyVersionState(TextChoices):
    """Life of a version. A discarded draft is kept, so that nothing somebody wrote is lost."""

    DRAFT = "draft", _("Draft")
    IN_REVIEW = "in_review", _("In review")
    APPROVED = "approved", _("Approved")
    PUBLISHED = "published", _("Published")
    SUPERSEDED = "superseded", _("Superseded")
    DISCARDED = "discarded", _("Discarded")


# One version of a policy at most is on its way at a time.
OPEN_STATES = (PolicyVersionState.DRAFT, PolicyVersionState.IN_REVIEW, PolicyVersionState.APPROVED)


class PolicyAction(TextChoices):
    """Verbs that move a version."""

    SUBMIT = "submit", _("Submit for review")
    RETURN = "return", _("Take back to draft")
    APPROVE = "approve", _("Approve")
    PUBLISH = "publish", _("Publish")
    SUPERSEDE = "supersede", _("Supersede")
    DISCARD = "discard", _("Discard")


_S, _A = PolicyVersionState, PolicyAction
POLICY_TRANSITIONS: Mapping[tuple[PolicyVersionState, PolicyAction], PolicyVersionState] = {
    (_S.DRAFT, _A.SUBMIT): _S.IN_REVIEW,
    (_S.IN_REVIEW, _A.RETURN): _S.DRAFT,
    (_S.IN_REVIEW, _A.APPROVE): _S.APPROVED,
    (_S.APPROVED, _A.RETURN): _S.DRAFT,
    (_S.APPROVED, _A.PUBLISH): _S.PUBLISHED,
    (_S.PUBLISHED, _A.SUPERSEDE): _S.SUPERSEDED,
    (_S.DRAFT, _A.DISCARD): _S.DISCARDED,
    (_S.IN_REVIEW, _A.DISCARD): _S.DISCARDED,
    (_S.APPROVED, _A.DISCARD): _S.DISCARDED,
}


class ReviewOutcome(TextChoices):
    """What a named reviewer says of the text they read."""

    PENDING = "", _("Not yet")
    APPROVED = "approved", _("Approves")
    CHANGES = "changes", _("Asks for changes")


class Answer(TextChoices):
    """What a person answers to a policy."""

    ACCEPTED = "accepted", _("Accepted")
    DECLINED = "declined", _("Declined")


class DueCause(TextChoices):
    """Why a person owes an acknowledgement from a day on."""

    PUBLISHED = "published", _("A version was published")
    JOINED = "joined", _("Joined the audience")
    AUDIENCE = "audience", _("The audience was changed")
    CAMPAIGN = "campaign", _("A campaign began")


class DueEnd(TextChoices):
    """Why a person no longer owes it."""

    OPEN = "", _("Still owed")
    LEFT = "left", _("Left the audience")
    DEACTIVATED = "deactivated", _("Left the company")
    SUPERSEDED = "superseded", _("A material version followed")
    AUDIENCE = "audience", _("The audience was changed")
    ARCHIVED = "archived", _("The policy was archived")
    CAMPAIGN = "campaign", _("The campaign was called off")


class CampaignState(TextChoices):
    """Life of a campaign, of acknowledgements or of certification."""

    PLANNED = "planned", _("Planned")
    RUNNING = "running", _("Running")
    ENDED = "ended", _("Ended")
    CANCELLED = "cancelled", _("Called off")


# How a state looks, the same for both kinds of campaign.
CAMPAIGN_TONES: Mapping[str, str] = {
    "planned": "void",
    "running": "care",
    "ended": "good",
    "cancelled": "void",
}
CAMPAIGN_TRANSITIONS: Mapping[CampaignState, frozenset[CampaignState]] = {
    CampaignState.PLANNED: frozenset({CampaignState.RUNNING, CampaignState.CANCELLED}),
    CampaignState.RUNNING: frozenset({CampaignState.ENDED, CampaignState.CANCELLED}),
    CampaignState.ENDED: frozenset(),
    CampaignState.CANCELLED: frozenset(),
}
