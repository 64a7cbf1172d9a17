"""What the hub is set up with: the organisation's settings, and tags."""

from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from coe.enums.roles import Permission
from coe.errors import DomainError
from coe.forms.refusals import blame
from coe.forms.setup import OrganisationForm, TagMergeForm, TagNameForm
from coe.models import Tag
from coe.rules.scope import require
from coe.selectors.tags import tags_with_counts
from coe.services.organisation import edit_organisation, organisation
from coe.services.tags import merge_tags, remove_tag, rename_tag

PER_PAGE = 100


@require_http_methods(["GET", "POST"])
def organisation_edit(request: HttpRequest) -> HttpResponse:
    """The company's own settings."""
    require(request.principal, Permission.ADMINISTER)
    form = OrganisationForm(request.POST or None, organisation=organisation())
    if form.is_bound and form.is_valid():
        try:
            edit_organisation(
                changes=form.changes(),
                by=request.principal.actor,
                at=timezone.now(),
                why=form.cleaned_data["why"],
                expected_revision=form.cleaned_data["revision"],
            )
        except DomainError as error:
            blame(form, error)
        else:
            messages.success(request, _("Settings saved. Scores that rest on them follow within seconds."))
            return redirect("organisation")
    context = {"form": form, "title": _("Organisation"), "submit": _("Save the settings"), "crumbs": []}
    return render(request, "coe/form_page.html", context, status=422 if form.errors else 200)


@require_GET
def tag_list(request: HttpRequest) -> HttpResponse:
    """Every tag with how many lines and accounts carry it."""
    require(request.principal, Permission.MANAGE_LINES)
    page = Paginator(tags_with_counts(), PER_PAGE).get_page(request.GET.get("page"))
    return render(request, "coe/tags/list.html", {"page": page})


@require_http_methods(["GET", "POST"])
def tag_detail(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Rename a tag, merge it into another, or take it away."""
    require(request.principal, Permission.MANAGE_LINES)
    tag = get_object_or_404(tags_with_counts(), public_id=public_id)
    by, at, action = request.principal.actor, timezone.now(), request.POST.get("action", "")
    data = request.POST if request.method == "POST" else None
    name_form = TagNameForm(data if action == "rename" else None, tag=tag)
    merge_form = TagMergeForm(data if action == "merge" else None, others=Tag.objects.exclude(pk=tag.pk))
    form = {"rename": name_form, "merge": merge_form}.get(action)
    try:
        if action == "remove":
            remove_tag(tag, by=by, at=at)
            messages.success(request, _("Tag “%(name)s” removed.") % {"name": tag})
            return redirect("tag-list")
        if form is name_form and name_form.is_valid():
            renamed = rename_tag(
                tag,
                name=name_form.cleaned_data["name"],
                by=by,
                at=at,
                expected_revision=name_form.cleaned_data["revision"],
            )
            messages.success(request, _("The tag is now “%(name)s”.") % {"name": renamed})
            return redirect("tag-list")
        if form is merge_form and merge_form.is_valid():
            kept = merge_tags(tag, into=merge_form.cleaned_data["into"], by=by, at=at)
            messages.success(
                request, _("“%(gone)s” is merged into “%(kept)s”.") % {"gone": tag, "kept": kept}
            )
            return redirect("tag-list")
    except DomainError as error:
        if form is None:
            messages.error(request, error.message)
            return redirect("tag-list")
        blame(form, error)
    context = {"tag": tag, "name_form": name_form, "merge_form": merge_form}
    is_refused = name_form.errors or merge_form.errors
    return render(request, "coe/tags/detail.html", context, status=422 if is_refused else 200)
