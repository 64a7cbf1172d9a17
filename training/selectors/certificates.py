"""Certificates as others see them."""

import re
from datetime import datetime

from django.db.models import QuerySet

from coe.rules.principals import Principal
from coe.rules.scope import learners_in_scope
from training.enums.training import CertificateState
from training.models import Certificate, Completion

_SIGNS = re.compile(r"[^0-9A-Z]")


def certificates_visible_to(principal: Principal, at: datetime) -> QuerySet[Certificate]:
    """The caller's own certificates, and those of people whose training they see."""
    return Certificate.objects.filter(user__in=learners_in_scope(principal, at))


def completions_visible_to(principal: Principal, at: datetime) -> QuerySet[Completion]:
    """The caller's own completions, and those of people whose training they see."""
    return Completion.objects.filter(user__in=learners_in_scope(principal, at))


def checked(code: str, *, at: datetime) -> CertificateState | None:
    """What a certificate is worth, by its code as it was typed; None for a code nobody was given. Tells nothing else."""
    signs = _SIGNS.sub("", code.upper())[:40]
    grouped = "-".join(signs[start : start + 5] for start in range(0, len(signs), 5))
    found = Certificate.objects.filter(code=grouped).first() if grouped else None
    return None if found is None else found.state_at(at)
