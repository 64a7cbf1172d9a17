"""What people must learn and have learned: enrolments, attempts, completions, certificates."""

from typing import Any

from django import forms
from django.contrib import admin
from django.db import models
from django.http import HttpRequest
from django.utils.translation import gettext as _, gettext_lazy

from coe.admin.base import HubAdmin, HubForm, ReadOnlyInline, Said, SplitMoment
from coe.admin.deeds import deed
from coe.enums.roles import Permission
from coe.errors import Invalid, NotAllowed
from coe.models import User
from coe.rules.principals import Principal
from coe.rules.scope import learners_in_scope, trained_by
from training.enums.training import CompletionSource
from training.models import Attempt, Certificate, Completion, Enrolment, Requirement
from training.selectors.certificates import certificates_visible_to, completions_visible_to
from training.selectors.versions import version_at
from training.services.attempts import forgive_attempts
from training.services.certificates import revoke_certificate
from training.services.completions import Finished, record_completion, void_completion
from training.services.enrolments import enrol_person, withdraw_enrolment


def require_keeps(principal: Principal, person: User, said: Said) -> None:
    """Refuse whoever does not keep this person's training records; nobody keeps their own.

    :raises NotAllowed: the caller may not.
    """
    own = principal.user is not None and principal.user.pk == person.pk
    if own or not trained_by(principal, said["at"]).filter(pk=person.pk).exists():
        raise NotAllowed(_("Training records are kept by the line lead and the hub, and never by oneself."))


class LearnerAdmin(HubAdmin):
    """Records of people whose training the caller sees: their own, their line's, or everybody's."""

    edit_permission = Permission.RECORD_TRAINING
    list_select_related: Any = ("user", "course")
    search_fields = ("user__email", "user__name", "course__code")
    autocomplete_fields: Any = ("user", "course")

    def get_queryset(self, request: HttpRequest) -> "models.QuerySet[Any]":
        """Rows of those people."""
        people = learners_in_scope(self.principal(request), self.now())
        return self.model._default_manager.filter(user__in=people).order_by("-id")

    def page_of(self, obj: Any) -> str:
        """The page of the person's training."""
        return f"/training/people/{obj.user.public_id}/"


class EnrolmentForm(HubForm):
    """An enrolment by hand."""

    due_at = forms.SplitDateTimeField(label=gettext_lazy("Due"), required=False, widget=SplitMoment)


class RequirementInline(ReadOnlyInline):
    """What the enrolment asks for; kept with it and its curriculum."""

    model = Requirement
    fields = ("course", "due_at")

    def get_queryset(self, request: HttpRequest) -> "models.QuerySet[Any]":
        """With the courses."""
        return super().get_queryset(request).select_related("course").order_by("due_at", "id")


@admin.register(Enrolment)
class EnrolmentAdmin(LearnerAdmin):
    """Enrolments: by hand here; those that a role causes begin and end with the role."""

    form = EnrolmentForm
    origin = gettext_lazy("An enrolment is not changed: withdraw it, or end the role that causes it.")
    hub_list = "coverage"
    inlines = (RequirementInline,)
    list_display = ("user", "curriculum", "course", "line", "assignment", "enrolled_at", "withdrawn_at")
    list_filter = (("assignment", admin.EmptyFieldListFilter), ("withdrawn_at", admin.EmptyFieldListFilter))
    list_select_related = ("user", "curriculum", "course", "line", "assignment__user", "assignment__line")
    search_fields = ("user__email", "user__name", "course__code", "curriculum__code", "line__code")
    autocomplete_fields = ("user", "curriculum", "course", "line")
    actions = ("withdraw",)

    def get_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        """What is asked for a new one, and what is known later."""
        asked = ("user", "curriculum", "course", "line")
        return (*asked, "assignment", "enrolled_at", "withdrawn_at") if obj else (*asked, "due_at")

    def create(self, request: HttpRequest, values: dict[str, Any], said: Said) -> models.Model:
        """One service call."""
        person = values.pop("user")
        require_keeps(self.principal(request), person, said)
        return enrol_person(person, **values, **said)

    @deed(gettext_lazy("Withdraw the chosen enrolments"), right=Permission.RECORD_TRAINING)
    def withdraw(self, request: HttpRequest, obj: Any, said: Said) -> None:
        """One service call an enrolment."""
        require_keeps(self.principal(request), obj.user, said)
        withdraw_enrolment(obj, **said)


@admin.register(Attempt)
class AttemptAdmin(LearnerAdmin):
    """Sittings of quizzes. What was drawn and answered is nobody's to read."""

    origin = gettext_lazy("Attempts are written by those who sit the quiz; they can be given back.")
    hub_list = "coverage"
    list_display = ("user", "version", "started_at", "submitted_at", "percent", "is_passed", "forgiven_at")
    list_filter = ("is_passed", ("submitted_at", admin.EmptyFieldListFilter))
    list_select_related = ("user", "version__course")
    search_fields = ("user__email", "user__name", "version__course__code")
    autocomplete_fields = ("user", "version")
    fields = (
        "user",
        "version",
        "started_at",
        "pass_mark",
        "submitted_at",
        "score",
        "is_passed",
        "forgiven_at",
    )
    actions = ("forgive",)

    @deed(gettext_lazy("Let the chosen people count their attempts anew"), right=Permission.RECORD_TRAINING)
    def forgive(self, request: HttpRequest, obj: Any, said: Said) -> None:
        """One service call an attempt."""
        require_keeps(self.principal(request), obj.user, said)
        forgive_attempts(obj.version, person=obj.user, **said)


class CompletionForm(HubForm):
    """A completion that no system told: with its instant, and where the proof is kept."""

    evidence = forms.CharField(
        label=gettext_lazy("Evidence"),
        max_length=500,
        help_text=gettext_lazy("A link, or where the proof is kept."),
    )


@admin.register(Completion)
class CompletionAdmin(LearnerAdmin):
    """Completions: noted by hand with evidence, taken back for a reason."""

    form = CompletionForm
    origin = gettext_lazy("A completion is not changed: take it back, and note it anew.")
    hub_list, import_kind = "coverage", "completions"
    list_display = ("user", "course", "version", "achieved_at", "source", "score", "voided_at")
    list_filter = ("source", "achieved_at", ("voided_at", admin.EmptyFieldListFilter))
    list_select_related = ("user", "course", "version__course")
    actions = ("void",)

    def get_queryset(self, request: HttpRequest) -> "models.QuerySet[Any]":
        """Completions the caller sees."""
        return completions_visible_to(self.principal(request), self.now()).order_by("-achieved_at", "-id")

    def get_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        """What is asked for a new one, and what is known later."""
        asked = ("user", "course", "achieved_at", "evidence")
        return (*asked, "version", "source", "score", "attempt", "voided_at") if obj else asked

    def create(self, request: HttpRequest, values: dict[str, Any], said: Said) -> models.Model:
        """One service call; the version is the one that was taught then."""
        person, course, moment = values["user"], values["course"], values["achieved_at"]
        require_keeps(self.principal(request), person, said)
        version = version_at(course, moment)
        if version is None:
            raise Invalid.one(
                "course",
                "not_published",
                _("%(course)s has no published version yet.") % {"course": course.code},
            )
        key = f"manual:{person.public_id}:{course.public_id}:{moment.isoformat()}"
        finished = Finished(
            person, version, moment, CompletionSource.MANUAL, key, evidence=values["evidence"]
        )
        stored = record_completion(finished, **said).completion
        assert stored is not None  # what cannot be one is raised
        return stored

    @deed(gettext_lazy("Take the chosen completions back"), right=Permission.RECORD_TRAINING, needs_why=True)
    def void(self, request: HttpRequest, obj: Any, said: Said) -> None:
        """One service call a completion."""
        require_keeps(self.principal(request), obj.user, said)
        void_completion(obj, **said)


@admin.register(Certificate)
class CertificateAdmin(LearnerAdmin):
    """Certificates: issued with a completion, revoked for a reason."""

    origin = gettext_lazy("A certificate comes with a completion and ends by its date, or by being revoked.")
    hub_list = "coverage"
    list_display = ("user", "course", "code", "issued_at", "expires_at", "revoked_at")
    list_filter = ("expires_at", ("revoked_at", admin.EmptyFieldListFilter))
    search_fields = ("user__email", "user__name", "course__code", "code")
    fields = ("code", "user", "course", "completion", "issued_at", "expires_at", "revoked_at", "revoked_why")
    actions = ("revoke",)

    def get_queryset(self, request: HttpRequest) -> "models.QuerySet[Any]":
        """Certificates the caller sees."""
        return certificates_visible_to(self.principal(request), self.now()).order_by("-issued_at", "-id")

    def page_of(self, obj: Any) -> str:
        """The certificate itself."""
        return str(obj.get_absolute_url())

    @deed(gettext_lazy("Revoke the chosen certificates"), right=Permission.RECORD_TRAINING, needs_why=True)
    def revoke(self, request: HttpRequest, obj: Any, said: Said) -> None:
        """One service call a certificate."""
        require_keeps(self.principal(request), obj.user, said)
        revoke_certificate(obj, **said)
