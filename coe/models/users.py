"""People. Log-in is by e-mail; what a person may do comes from role assignments only, never from Django's groups."""

from datetime import datetime
from typing import Any

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager, PermissionsMixin
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from coe.enums.roles import FUNCTION_ROLES, HUB_ROLES, LINE_ROLES, Role
from coe.enums.work import Theme
from coe.models.base import Record


class UserQuerySet(models.QuerySet["User"]):
    """Words about people."""

    def active(self) -> "UserQuerySet":
        """People who may log in."""
        return self.filter(is_active=True)


class UserManager(BaseUserManager["User"]):
    """Creates people; e-mail addresses are stored in lower case so that both databases agree on sameness."""

    def get_queryset(self) -> UserQuerySet:
        return UserQuerySet(self.model, using=self._db)

    def get_by_natural_key(self, username: str | None) -> "User":
        return self.get(email=(username or "").lower())

    def create_user(self, email: str, password: str | None = None, **fields: Any) -> "User":
        """Store a person; without a password only single sign-on or a reset link lets them in."""
        user = self.model(email=email.strip().lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> "User":
        """Store an administrator (for `manage.py createsuperuser`)."""
        return self.create_user(email, password, is_staff=True, is_superuser=True, **fields)


class User(Record, AbstractBaseUser, PermissionsMixin):
    """A person of the company."""

    email = models.EmailField(_("e-mail"), unique=True, max_length=254)
    name = models.CharField(_("name"), max_length=150, blank=True)
    job_title = models.CharField(_("job title"), max_length=150, blank=True)
    language = models.CharField(_("language"), max_length=8, default="en")
    time_zone = models.CharField(_("time zone"), max_length=64, default="UTC")
    theme = models.CharField(_("theme"), max_length=8, choices=Theme.choices, default=Theme.AUTO)
    hub_fte_hundredths = models.PositiveSmallIntegerField(
        _("hub allocation, hundredths of an FTE"),
        default=0,
        help_text=_("100 is a full-time post in the hub."),
    )
    is_active = models.BooleanField(_("active"), default=True)
    is_staff = models.BooleanField(_("may open the admin"), default=False)
    is_demo = models.BooleanField(_("demo log-in"), default=False, editable=False)
    muted_mail = models.JSONField(_("kinds of e-mail turned off"), default=list, blank=True, editable=False)
    joined_on = models.DateField(_("joined on"), null=True, blank=True)
    left_on = models.DateField(_("left on"), null=True, blank=True)
    unread_notices = models.PositiveIntegerField(_("unread notices"), default=0, editable=False)
    # Counted by `coe.services.duties`, so that the menu of every page costs no query.
    open_duties = models.PositiveIntegerField(_("open duties"), default=0, editable=False)
    overdue_duties = models.PositiveIntegerField(_("overdue duties"), default=0, editable=False)

    objects = UserManager()
    # Roles read together with the person (`coe.rules.principals.person_with_roles`); None: not read.
    held_roles: tuple[Any, ...] | None = None

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: list[str] = []

    class Meta:
        ordering = ["name", "email"]
        constraints = [
            models.CheckConstraint(condition=Q(hub_fte_hundredths__lte=100), name="user_fte_at_most_one")
        ]
        verbose_name = _("person")
        verbose_name_plural = _("people")

    def __str__(self) -> str:
        return self.name or self.email

    def get_full_name(self) -> str:
        """The name shown to others."""
        return str(self)

    def get_short_name(self) -> str:
        """The first word of the name."""
        return str(self).split(" ")[0]


class RoleAssignmentQuerySet(models.QuerySet["RoleAssignment"]):
    """Words about assignments."""

    def current(self, at: datetime) -> "RoleAssignmentQuerySet":
        """Assignments in force at an instant."""
        return self.filter(Q(valid_until__isnull=True) | Q(valid_until__gt=at), valid_from__lte=at)


class RoleAssignment(Record):
    """A person holds a role, on a line (with all lines below it) or for the whole company. Ended, never deleted."""

    user = models.ForeignKey(User, models.PROTECT, related_name="role_assignments", verbose_name=_("person"))
    role = models.CharField(_("role"), max_length=32, choices=Role.choices)
    line = models.ForeignKey(
        "coe.BusinessLine",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="role_assignments",
        verbose_name=_("line"),
    )
    valid_from = models.DateTimeField(_("valid from"))
    valid_until = models.DateTimeField(_("valid until"), null=True, blank=True)
    note = models.CharField(_("note"), max_length=200, blank=True)

    objects = RoleAssignmentQuerySet.as_manager()

    class Meta:
        ordering = ["user", "role"]
        constraints = [
            models.CheckConstraint(
                condition=Q(role__in=LINE_ROLES, line__isnull=False)
                | Q(role__in=HUB_ROLES + FUNCTION_ROLES, line__isnull=True),
                name="role_assignment_line_fits_role",
            ),
            models.CheckConstraint(
                condition=Q(valid_until__isnull=True) | Q(valid_until__gte=models.F("valid_from")),
                name="role_assignment_ends_after_start",
            ),
            models.UniqueConstraint(
                fields=["user", "role", "line"],
                condition=Q(valid_until__isnull=True, line__isnull=False),
                name="role_on_line_open_once",
            ),
            models.UniqueConstraint(
                fields=["user", "role"],
                condition=Q(valid_until__isnull=True, line__isnull=True),
                name="role_in_company_open_once",
            ),
        ]
        verbose_name = _("role assignment")
        verbose_name_plural = _("role assignments")

    def __str__(self) -> str:
        return f"{self.user} · {self.get_role_display()}"
