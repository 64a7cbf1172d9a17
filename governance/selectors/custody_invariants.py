"""What must always be true of certification and discovery, each as a query for the rows that break it."""

from pathlib import Path

from django.conf import settings
from django.db.models import F, Q

from coe.models import Timer
from governance.enums.certification import STARTS, Question
from governance.enums.discovery import KIND_STATES, FindingState
from governance.enums.policies import CampaignState
from governance.models import AccountCertification, CertificationCampaign, Finding, FindingEvidence


def certifications() -> list[str]:
    """No certification names a custody the account never had, or was given before every question was confirmed."""
    rows = AccountCertification.objects.filter(ended_at__isnull=True).order_by("pk")
    ahead = rows.filter(custody_revision__gt=F("account__custody_revision"))
    found = [f"certification {key}" for key in ahead.values_list("public_id", flat=True)]
    wanted = {one.value: True for one in Question}
    return found + [
        f"certification {key}: answers"
        for key, answers in rows.values_list("public_id", "answers").iterator(chunk_size=2000)
        if not all(answers.get(name) is True for name in wanted)
    ]


def campaigns() -> list[str]:
    """A campaign that is planned has the timer that starts it."""
    waiting = set(Timer.objects.filter(kind=STARTS).values_list("subject", flat=True))
    planned = CertificationCampaign.objects.filter(state=CampaignState.PLANNED).order_by("pk")
    return [
        f"campaign {key}" for key in planned.values_list("public_id", flat=True) if str(key) not in waiting
    ]


def findings() -> list[str]:
    """A finding stands where its kind allows, an adopted one names its account, and every file of evidence is there."""
    fits = Q(pk__in=[])
    for kind, states in KIND_STATES.items():
        fits |= Q(kind=kind, state__in=states)
    odd = Finding.objects.exclude(fits) | Finding.objects.filter(state=FindingState.ADOPTED, account=None)
    files = FindingEvidence.objects.exclude(stored_path="").order_by("pk")
    return [f"finding {key}" for key in odd.order_by("pk").values_list("public_id", flat=True)] + [
        f"evidence {key}"
        for key, place in files.values_list("public_id", "stored_path").iterator(chunk_size=2000)
        if not (Path(settings.MEDIA_ROOT) / place).is_file()
    ]
