"""The one organisation this hub serves, and the working calendars its lines keep."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from coe.models.base import Record


class WorkingCalendar(Record):
    """Opening hours per weekday and holidays, in one IANA zone. `hours` maps "0".."6" (Monday first) to [["09:00", "17:00"], …]."""

    code = models.SlugField(_("code"), max_length=40, unique=True)
    name = models.CharField(_("name"), max_length=120)
    time_zone = models.CharField(_("time zone"), max_length=64, default="UTC")
    hours = models.JSONField(_("hours"), default=dict)

    class Meta:
        ordering = ["code"]
        verbose_name = _("working calendar")
        verbose_name_plural = _("working calendars")

    def __str__(self) -> str:
        return self.name


class Holiday(models.Model):
    """A day on which a calendar is closed."""

    calendar = models.ForeignKey(
        WorkingCalendar, models.CASCADE, related_name="holidays", verbose_name=_("calendar")
    )
    on = models.DateField(_("on"))
    name = models.CharField(_("name"), max_length=120, blank=True)

    class Meta:
        ordering = ["on"]
        constraints = [models.UniqueConstraint(fields=["calendar", "on"], name="holiday_once")]
        verbose_name = _("holiday")
        verbose_name_plural = _("holidays")

    def __str__(self) -> str:
        return f"{self.on} {self.name}"


class Organisation(Record):
    """Settings that belong to the company, not to the installation. Exactly one row (id 1)."""

    name = models.CharField(_("name"), max_length=120, default="My company")
    time_zone = models.CharField(_("time zone"), max_length=64, default="UTC")
    language = models.CharField(_("default language"), max_length=8, default="en")
    corporate_domains = models.JSONField(
        _("corporate mail domains"),
        default=list,
        blank=True,
        help_text=_("Domains whose mailboxes count as corporate, such as example.com."),
    )
    dormancy_days = models.PositiveSmallIntegerField(
        _("dormancy limit, days"),
        default=90,
        help_text=_("An account that has not posted for longer counts as silent."),
    )
    open_scorecards = models.BooleanField(
        _("open scorecards"), default=False, help_text=_("Every line may read the scorecards of the others.")
    )
    calendar = models.ForeignKey(
        WorkingCalendar,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("working calendar"),
    )
    is_demo = models.BooleanField(_("demo company"), default=False, editable=False)

    class Meta:
        constraints = [models.CheckConstraint(condition=models.Q(id=1), name="organisation_single_row")]
        verbose_name = _("organisation")
        verbose_name_plural = _("organisation")

    def __str__(self) -> str:
        return self.name
