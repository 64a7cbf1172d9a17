"""Certificates as others see them."""

import re
from collections.abc import Collection
from datetime import datetime
from typing import Any

from django.db.models import F, QuerySet

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


def valid_certificates(
    person_ids: Collection[int] | QuerySet[Any, Any],
    course_ids: Collection[int] | QuerySet[Any, Any],
    *,
    at: datetime,
) -> QuerySet[Certificate]:
    """Certificates of these people and courses that hold at an instant: those of one person and course together, the longest first.

    For rules that ask for a course; ids may be questions themselves (`values("pk")`), so that it all stays one. Who reads it has to
    ask the scope first.
    """
    held = Certificate.objects.valid(at).filter(user__in=person_ids, course__in=course_ids)
    return held.order_by("user_id", "course_id", F("expires_at").desc(nulls_first=True), "pk")


def checked(code: str, *, at: datetime) -> CertificateState | None:
    """What a certificate is worth, by its code as it was typed; None for a code nobody was given. Tells nothing else."""
    signs = _SIGNS.sub("", code.upper())[:40]
    grouped = "-".join(signs[start : start + 5] for start in range(0, len(signs), 5))
    found = Certificate.objects.filter(code=grouped).first() if grouped else None
    return None if found is None else found.state_at(at)
