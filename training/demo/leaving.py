"""What the training floor removes when a hub leaves its demo: all that people learned and booked. Courses and curricula stay."""

from django.db import DEFAULT_DB_ALIAS

from coe.models import User
from training.models import (
    ActivityMatch,
    Attempt,
    Certificate,
    Completion,
    Course,
    Curriculum,
    Enrolment,
    LessonReading,
    PersonMatch,
    Requirement,
    Seat,
    Session,
    Statement,
    StatementMention,
)

# Rows go before what they point at.
_EMPTIED = (
    StatementMention, Statement, PersonMatch, ActivityMatch, Certificate, Completion, Seat, Session, Attempt, LessonReading, Requirement,
    Enrolment, Curriculum.lines.through,
)  # fmt: skip


def leave() -> None:
    """Empty the tables, one statement each. Called inside the transaction of `coe.services.leaving`."""
    for model in _EMPTIED:
        model._default_manager.all()._raw_delete(using=DEFAULT_DB_ALIAS)
    Course.objects.filter(owner__in=User.objects.filter(is_demo=True)).update(owner=None)
