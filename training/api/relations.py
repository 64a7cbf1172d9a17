"""How bodies name the records of training, and how they write instants and percentages."""

import datetime as dt
from decimal import Decimal, InvalidOperation
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from coe.api.base.fields import Relation
from coe.errors import Invalid
from coe.models import User
from coe.rules.principals import Principal
from coe.rules.scope import offered_to, trained_by
from training.models import Course, Curriculum, Session


def learners(principal: Principal) -> QuerySet[User]:
    """People whose records the caller keeps: never their own, whatever they lead."""
    people = trained_by(principal, timezone.now())
    return people.exclude(pk=principal.user.pk) if principal.user is not None else people


def _attendees(principal: Principal) -> QuerySet[User]:
    people = trained_by(principal, timezone.now())
    return people | User.objects.filter(pk=principal.user.pk) if principal.user is not None else people


def _address(text: str) -> str:
    return text.strip().lower()


def _code(text: str) -> str:
    return text.strip().casefold()


LEARNER = Relation("Person", learners, "email", "email", _address)
# Whoever has a role may take a seat themselves; for others it takes the right to keep their records.
ATTENDEE = Relation("Attendee", _attendees, "email", "email", _address)
COURSE = Relation("Course", lambda principal: Course.objects.all(), "code", "code_key", _code)
CURRICULUM = Relation("Curriculum", lambda principal: Curriculum.objects.all(), "code", "code_key", _code)
SESSION = Relation(
    "TrainingSession", lambda principal: offered_to(Session.objects.all(), principal), "id", "public_id"
)


def instant(field: str, text: str) -> dt.datetime:
    """An instant as RFC 3339 writes it.

    :raises Invalid: it is none, or has no zone: nobody guesses which clock was meant.
    """
    try:
        found = dt.datetime.fromisoformat(text)
        if found.tzinfo is not None:
            return found.astimezone(dt.UTC)
    except (ValueError, OverflowError) as error:
        raise Invalid.one(field, "moment_expected", _zone_words()) from error
    raise Invalid.one(field, "zone_missing", _zone_words())


def _zone_words() -> str:
    return _("Give the time with its zone, as 2026-01-31T09:00:00+01:00.")


def hundredths(field: str, value: Any) -> int | None:
    """A percentage in hundredths.

    :raises Invalid: it is outside 0 to 100.
    """
    if value is None:
        return None
    try:
        number = Decimal(str(value))
        if not number.is_finite() or not 0 <= number <= 100:
            raise InvalidOperation
    except InvalidOperation as error:
        raise Invalid.one(field, "out_of_range", _("A score is 0 to 100 %.")) from error
    return int(number * 100)
