"""Statements of learning as they came, what became of each, and by what foreign names people and courses are known."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from coe.models import BusinessLine, Record, User
from training.enums.statements import IdentifierKind, StatementEffect, StatementState
from training.models.completions import Completion
from training.models.courses import Course

# What columns hold of an identifier; a longer one is refused, never cut.
LONGEST_IDENTIFIER, LONGEST_ACTIVITY = 600, 500


class StatementQuerySet(models.QuerySet["Statement"]):
    """Words about statements."""

    def standing(self) -> "StatementQuerySet":
        """Statements that no other has voided."""
        return self.filter(voided_by__isnull=True)

    def uncounted(self) -> "StatementQuerySet":
        """Statements that should count for somebody and do not: they wait for a match, or cannot count."""
        return self.standing().filter(state__in=(StatementState.PARKED, StatementState.REFUSED))

    def parked(self) -> "StatementQuerySet":
        """Statements that wait for a person to say whom or what they mean."""
        return self.standing().filter(state=StatementState.PARKED)


class Statement(Record):
    """One xAPI statement, kept whole. `document` is what is given back; the other columns are read out of it once.

    `actor_kind` and `actor_value` are empty for groups. `event` names what happened: statements about one event (passed and completed
    of one registration) share a completion.
    """

    line = models.ForeignKey(BusinessLine, models.PROTECT, related_name="+", verbose_name=_("line"))
    statement_id = models.UUIDField(_("statement id"), unique=True)
    fingerprint = models.CharField(max_length=64, editable=False)
    document = models.JSONField(_("statement"))
    verb = models.CharField(_("verb"), max_length=500)
    activity = models.CharField(_("activity"), max_length=500, blank=True)
    registration = models.UUIDField(_("registration"), null=True, blank=True)
    actor_kind = models.CharField(
        _("kind of identifier"), max_length=12, choices=IdentifierKind.choices, blank=True
    )
    actor_value = models.CharField(_("identifier"), max_length=600, blank=True)
    actor_name = models.CharField(_("name"), max_length=200, blank=True)
    effect = models.CharField(_("effect"), max_length=12, choices=StatementEffect.choices)
    event = models.CharField(max_length=64, blank=True, editable=False)
    happened_at = models.DateTimeField(_("happened at"))
    stored_at = models.DateTimeField(_("stored at"))
    state = models.CharField(_("state"), max_length=12, choices=StatementState.choices)
    note = models.CharField(_("note"), max_length=300, blank=True)
    user = models.ForeignKey(
        User, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("person")
    )
    course = models.ForeignKey(
        Course, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("course")
    )
    completion = models.ForeignKey(
        Completion,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="statements",
        verbose_name=_("completion"),
    )
    voids = models.UUIDField(_("voids"), null=True, blank=True)
    voided_by = models.UUIDField(_("voided by"), null=True, blank=True)

    objects = StatementQuerySet.as_manager()

    class Meta:
        ordering = ["-stored_at", "-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(actor_kind="", actor_value="") | (~Q(actor_kind="") & ~Q(actor_value="")),
                name="statement_actor_whole",
            ),
            models.CheckConstraint(
                condition=~Q(state=StatementState.APPLIED) | Q(completion__isnull=False),
                name="statement_applied_to_something",
            ),
        ]
        indexes = [
            models.Index(fields=["line", "-stored_at", "-id"], name="statement_line_stored"),
            models.Index(
                fields=["actor_kind", "actor_value"],
                name="statement_parked_actor",
                condition=Q(state=StatementState.PARKED),
            ),
            models.Index(
                fields=["activity"],
                name="statement_parked_activity",
                condition=Q(state=StatementState.PARKED),
            ),
            models.Index(fields=["event"], name="statement_event", condition=~Q(event="")),
            models.Index(fields=["voids"], name="statement_voids", condition=Q(voids__isnull=False)),
            models.Index(F("actor_value"), F("stored_at").desc(), name="statement_actor_stored"),
            models.Index(
                fields=["line", "-stored_at", "-id"],
                name="statement_uncounted",
                condition=Q(state__in=["parked", "refused"], voided_by__isnull=True),
            ),
        ]
        verbose_name = _("statement")
        verbose_name_plural = _("statements")

    def __str__(self) -> str:
        return str(self.statement_id)


class StatementMention(models.Model):
    """An agent or activity that a statement speaks of beside its own actor and object (`training.xapi.mentions`): for its filters."""

    statement = models.ForeignKey(Statement, models.CASCADE, related_name="mentions")
    kind = models.CharField(max_length=12, choices=[*IdentifierKind.choices, ("activity", _("activity"))])
    value = models.CharField(max_length=LONGEST_IDENTIFIER)
    is_near = models.BooleanField()

    class Meta:
        indexes = [models.Index(fields=["value", "kind"], name="mention_value_kind")]
        verbose_name = _("mention in a statement")
        verbose_name_plural = _("mentions in statements")

    def __str__(self) -> str:
        return self.value


class PersonMatch(Record):
    """A foreign identifier that belongs to a person, said by somebody who knows."""

    kind = models.CharField(_("kind of identifier"), max_length=12, choices=IdentifierKind.choices)
    value = models.CharField(_("identifier"), max_length=600)
    user = models.ForeignKey(User, models.CASCADE, related_name="identifiers", verbose_name=_("person"))

    class Meta:
        ordering = ["kind", "value"]
        constraints = [models.UniqueConstraint(fields=["kind", "value"], name="person_match_once")]
        verbose_name = _("known identifier")
        verbose_name_plural = _("known identifiers")

    def __str__(self) -> str:
        return self.value


class ActivityMatch(Record):
    """A foreign activity that is one of our courses under another name."""

    activity = models.CharField(_("activity"), max_length=500, unique=True)
    course = models.ForeignKey(
        Course, models.PROTECT, related_name="activity_matches", verbose_name=_("course")
    )

    class Meta:
        ordering = ["activity"]
        verbose_name = _("known activity")
        verbose_name_plural = _("known activities")

    def __str__(self) -> str:
        return self.activity
