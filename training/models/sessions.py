"""Sessions people attend together, and their seats."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from coe.models import BusinessLine, Record, User
from training.enums.training import SeatState
from training.models.courses import Course


class SessionQuerySet(models.QuerySet["Session"]):
    """Words about sessions."""

    def standing(self) -> "SessionQuerySet":
        """Sessions that were not called off."""
        return self.filter(cancelled_at__isnull=True)


class Session(Record):
    """A course given at a time and a place. `time_zone` is where it happens; the stamps are instants."""

    course = models.ForeignKey(Course, models.PROTECT, related_name="sessions", verbose_name=_("course"))
    line = models.ForeignKey(
        BusinessLine,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="training_sessions",
        verbose_name=_("line"),
        help_text=_("Empty: open to the whole company."),
    )
    starts_at = models.DateTimeField(_("starts at"))
    ends_at = models.DateTimeField(_("ends at"))
    time_zone = models.CharField(_("time zone"), max_length=64, default="UTC")
    places = models.PositiveSmallIntegerField(_("seats"), default=12)
    place = models.CharField(_("place"), max_length=200, blank=True)
    link = models.URLField(_("link to join"), max_length=500, blank=True)
    trainer = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="sessions_given", verbose_name=_("trainer")
    )
    note = models.TextField(_("note"), blank=True)
    cancelled_at = models.DateTimeField(_("called off at"), null=True, blank=True, editable=False)

    objects = SessionQuerySet.as_manager()

    class Meta:
        ordering = ["starts_at", "id"]
        constraints = [
            models.CheckConstraint(condition=Q(ends_at__gt=F("starts_at")), name="session_ends_after_start"),
            models.CheckConstraint(condition=Q(places__gte=1), name="session_has_a_seat"),
        ]
        indexes = [models.Index(fields=["starts_at", "id"], name="session_start")]
        verbose_name = _("session")
        verbose_name_plural = _("sessions")

    def __str__(self) -> str:
        return f"{self.course} · {self.starts_at:%Y-%m-%d}"

    def get_absolute_url(self) -> str:
        """The session's page."""
        return f"/training/sessions/{self.public_id}/"


class Seat(Record):
    """A person's place in a session, one row a person: whoever comes back after cancelling queues anew by `booked_at`."""

    session = models.ForeignKey(Session, models.PROTECT, related_name="seats", verbose_name=_("session"))
    user = models.ForeignKey(User, models.PROTECT, related_name="seats", verbose_name=_("person"))
    state = models.CharField(_("state"), max_length=12, choices=SeatState.choices, default=SeatState.BOOKED)
    booked_at = models.DateTimeField(_("booked at"))
    rating = models.PositiveSmallIntegerField(_("rating, 1 to 5"), null=True, blank=True)
    comment = models.CharField(_("comment"), max_length=1000, blank=True)
    rated_at = models.DateTimeField(_("rated at"), null=True, blank=True, editable=False)

    class Meta:
        ordering = ["booked_at", "id"]
        constraints = [
            models.UniqueConstraint(fields=["session", "user"], name="seat_once"),
            models.CheckConstraint(
                condition=Q(rating__isnull=True, rated_at__isnull=True)
                | Q(rating__gte=1, rating__lte=5, rated_at__isnull=False),
                name="seat_rating_in_range",
            ),
        ]
        indexes = [models.Index(fields=["user", "state"], name="seat_user_state")]
        verbose_name = _("seat")
        verbose_name_plural = _("seats")

    def __str__(self) -> str:
        return f"{self.user} · {self.session}"
