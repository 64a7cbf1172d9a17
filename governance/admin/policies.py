"""Policies and their versions: made, written, submitted by name on the pages, and published here by the same services."""

from collections.abc import Mapping
from typing import Any, ClassVar

from django.contrib import admin
from django.db import models
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from coe.admin.base import HubAdmin, ReadOnlyInline, Said
from coe.admin.deeds import deed
from coe.admin.texts import each_language, for_readers, texts_form
from coe.enums.roles import Permission
from governance.enums.policies import PolicyVersionState
from governance.models import Policy, PolicyReview, PolicyText, PolicyVersion
from governance.selectors.policies import policies_visible_to, versions_visible_to
from governance.services.policies import archive_policy, create_policy, edit_policy, restore_policy
from governance.services.reviews import return_version
from governance.services.versions import discard_version, draft_version, edit_version


class VersionInline(ReadOnlyInline):
    """The versions of a policy."""

    model = PolicyVersion
    show_change_link = True
    fields = ("number", "state", "is_material", "change_note", "published_at", "superseded_at")


@admin.register(Policy)
class PolicyAdmin(HubAdmin):
    """Policies: made, edited, archived. Their words stand in their versions."""

    form = texts_form(Policy, lines=("titles",), bodies=("summaries",))
    edit_permission = Permission.MANAGE_POLICIES
    hub_list = "policy-list"
    inlines = (VersionInline,)
    list_display = ("code", "title", "type", "owner", "next_review_on", "archived_at")
    list_filter = ("type", ("archived_at", admin.EmptyFieldListFilter))
    list_select_related = ("owner",)
    search_fields = ("code", "titles")
    autocomplete_fields = ("owner",)
    fields = (
        "code", "type", *each_language("titles"), *each_language("summaries"), "owner", "review_months", "grace_days", "exception_days",
        "is_acknowledged", "is_public", "quorum", "last_reviewed_on", "next_review_on", "archived_at",
    )  # fmt: skip
    readers_see: ClassVar[Mapping[str, str]] = for_readers("titles", "summaries")
    actions = ("draft", "archive", "restore")

    @admin.display(description=_("title"))
    def title(self, obj: Any) -> str:
        """In the reader's language."""
        return str(obj.title)

    def get_queryset(self, request: HttpRequest) -> "models.QuerySet[Policy]":
        """What the pages show."""
        return policies_visible_to(self.principal(request)).order_by("code")

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        """What the services set; the code is given once."""
        told = ("last_reviewed_on", "next_review_on", "archived_at")
        return (*told, "code") if obj else told

    def create(self, request: HttpRequest, values: dict[str, Any], said: Said) -> models.Model:
        """One service call."""
        return create_policy(**values, **said)

    def edit(self, request: HttpRequest, obj: Any, changes: dict[str, Any], said: Said) -> models.Model:
        """One service call."""
        return edit_policy(obj, changes=changes, **said)

    @deed(_("Open a draft of the next version"), right=Permission.MANAGE_POLICIES)
    def draft(self, request: HttpRequest, obj: Any, said: Said) -> None:
        """One service call a policy."""
        draft_version(obj, **said)

    @deed(_("Archive the chosen policies"), right=Permission.MANAGE_POLICIES, needs_why=True)
    def archive(self, request: HttpRequest, obj: Any, said: Said) -> None:
        """One service call a policy."""
        archive_policy(obj, **said)

    @deed(_("Restore the chosen policies"), right=Permission.MANAGE_POLICIES)
    def restore(self, request: HttpRequest, obj: Any, said: Said) -> None:
        """One service call a policy."""
        restore_policy(obj, **said)


class TextInline(ReadOnlyInline):
    """The words, by language; they are written on the hub's own pages, with a preview."""

    model = PolicyText
    fields = ("language", "body", "sha256")


class ReviewInline(ReadOnlyInline):
    """Who was asked, and what they said. A review is given by the person named, on the hub's own page, and never here."""

    model = PolicyReview
    fields = ("round", "reviewer", "outcome", "note", "due_at", "decided_at")


@admin.register(PolicyVersion)
class PolicyVersionAdmin(HubAdmin):
    """Versions: opened as drafts, described, taken back, discarded. Approving and publishing ask to be read first: the pages do that."""

    edit_permission = Permission.MANAGE_POLICIES
    hub_list = "policy-list"
    list_display = (
        "policy",
        "number",
        "state",
        "is_material",
        "submitted_by",
        "published_at",
        "superseded_at",
    )
    list_filter = ("state",)
    list_select_related = ("policy", "submitted_by")
    search_fields = ("policy__code", "policy__titles")
    autocomplete_fields = ("policy",)
    actions = ("take_back", "discard")

    def get_queryset(self, request: HttpRequest) -> "models.QuerySet[PolicyVersion]":
        """What the pages show."""
        visible = versions_visible_to(self.principal(request))
        return visible.order_by("policy__code", "-major", "-minor", "-id")

    def get_inlines(self, request: HttpRequest, obj: Any) -> Any:
        """Reviews are for those who write policies."""
        if obj is None:
            return ()
        return (TextInline, ReviewInline) if self.may_edit(request) else (TextInline,)

    def get_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        """A draft copies the version in force; then it is edited."""
        edited = ("is_material", "ends_certificates", "change_note")
        stamps = (
            "submitted_by",
            "submitted_at",
            "approved_at",
            "published_by",
            "published_at",
            "superseded_at",
        )
        return ("policy", "number", "state", *edited, "sha256", *stamps) if obj else ("policy",)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        """What the services set."""
        if obj is None:
            return ()
        stamps = (
            "submitted_by",
            "submitted_at",
            "approved_at",
            "published_by",
            "published_at",
            "superseded_at",
        )
        return ("policy", "number", "state", "sha256", *stamps)

    def has_change_permission(self, request: HttpRequest, obj: models.Model | None = None) -> bool:
        """Only drafts."""
        state = getattr(obj, "state", PolicyVersionState.DRAFT)
        return super().has_change_permission(request, obj) and state == PolicyVersionState.DRAFT

    def page_of(self, obj: Any) -> str:
        """The version's page."""
        return str(obj.get_absolute_url())

    def create(self, request: HttpRequest, values: dict[str, Any], said: Said) -> models.Model:
        """One service call."""
        return draft_version(values["policy"], **said)

    def edit(self, request: HttpRequest, obj: Any, changes: dict[str, Any], said: Said) -> models.Model:
        """One service call."""
        return edit_version(obj, changes=changes, **said)

    @deed(_("Take the chosen versions back to draft"), right=Permission.MANAGE_POLICIES)
    def take_back(self, request: HttpRequest, obj: Any, said: Said) -> None:
        """One service call a version."""
        return_version(obj, **said)

    @deed(_("Discard the chosen versions"), right=Permission.MANAGE_POLICIES, needs_why=True)
    def discard(self, request: HttpRequest, obj: Any, said: Said) -> None:
        """One service call a version."""
        discard_version(obj, **said)
