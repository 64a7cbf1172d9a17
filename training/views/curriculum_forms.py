"""Writing curricula: whom they are for and what they ask; enrolments follow at once."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from coe.enums.roles import Permission
from coe.errors import DomainError
from coe.rules.scope import require
from training.forms.curricula import NAMES, CurriculumForm
from training.forms.texts import blame_texts
from training.models import Course, Curriculum
from training.services.curricula import archive_curriculum, create_curriculum, edit_curriculum


def _offered() -> Any:
    return Course.objects.offered().order_by("code_key")


def _page(request: HttpRequest, form: CurriculumForm, *, title: str, submit: str, back: str) -> HttpResponse:
    context = {
        "form": form, "title": title, "submit": submit, "cancel_url": back,
        "crumbs": [(_("Curricula"), reverse("curriculum-list"))],
    }  # fmt: skip
    return render(request, "coe/form_page.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "POST"])
def curriculum_create(request: HttpRequest) -> HttpResponse:
    """Add a curriculum."""
    require(request.principal, Permission.MANAGE_TRAINING)
    form = CurriculumForm(request.POST or None, courses=_offered())
    if form.is_bound and form.is_valid():
        try:
            made = create_curriculum(
                code=form.cleaned_data["code"], by=request.principal.actor, at=timezone.now(), **form.values()
            )
        except DomainError as error:
            blame_texts(form, error, NAMES)
        else:
            messages.success(request, _("The curriculum is added, and whoever holds its roles is enrolled."))
            return redirect("curriculum-detail", made.code)
    return _page(
        request,
        form,
        title=_("Add a curriculum"),
        submit=_("Add the curriculum"),
        back=reverse("curriculum-list"),
    )


@require_http_methods(["GET", "POST"])
def curriculum_edit(request: HttpRequest, code: str) -> HttpResponse:
    """Change a curriculum."""
    require(request.principal, Permission.MANAGE_TRAINING)
    curriculum = get_object_or_404(Curriculum.objects.live(), code_key=code.casefold())
    items = curriculum.items.select_related("course").prefetch_related("after").order_by("order")
    form = CurriculumForm(request.POST or None, courses=_offered(), curriculum=curriculum, items=items)
    if form.is_bound and form.is_valid():
        try:
            edit_curriculum(
                curriculum, by=request.principal.actor, at=timezone.now(), expected_revision=form.cleaned_data["revision"],
                **form.values(),
            )  # fmt: skip
        except DomainError as error:
            blame_texts(form, error, NAMES)
        else:
            messages.success(request, _("The curriculum is changed, and enrolments follow it."))
            return redirect("curriculum-detail", curriculum.code)
    back = reverse("curriculum-detail", args=[curriculum.code])
    return _page(request, form, title=_("Change the curriculum"), submit=_("Save"), back=back)


@require_POST
def curriculum_archive(request: HttpRequest, code: str) -> HttpResponse:
    """Put a curriculum away; everybody is withdrawn from it, and keeps what they completed."""
    require(request.principal, Permission.MANAGE_TRAINING)
    curriculum = get_object_or_404(Curriculum, code_key=code.casefold())
    try:
        why = request.POST.get("reason", "")
        archive_curriculum(curriculum, by=request.principal.actor, at=timezone.now(), why=why)
    except DomainError as error:
        messages.error(request, error.message)
    else:
        messages.success(request, _("The curriculum is archived."))
    return redirect("curriculum-detail", curriculum.code)
