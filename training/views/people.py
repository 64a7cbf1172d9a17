"""A person's training, as their line lead and the hub keep it: enrol, note a completion, waive a course, give attempts back."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_list_or_404, get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from coe.errors import DomainError, Invalid, NotAllowed
from coe.forms.refusals import blame
from coe.models import User
from coe.rules.scope import learners_in_scope, trained_by
from training.enums.training import CompletionSource
from training.forms.records import CompletionForm, EnrolForm, WaiverForm
from training.models import Completion, CourseVersion, Enrolment
from training.selectors.coverage import owed_courses
from training.selectors.enrolments import enrolments_visible_to
from training.selectors.learning import learning_of
from training.selectors.versions import version_at
from training.services.attempts import forgive_attempts
from training.services.completions import Finished, record_completion
from training.services.enrolments import enrol_person, withdraw_enrolment
from training.services.waivers import waive_course
from training.views.learning import TONES


def _person(request: HttpRequest, public_id: UUID) -> User:
    return get_object_or_404(learners_in_scope(request.principal, timezone.now()), public_id=public_id)


def _enrolments(request: HttpRequest, person: User) -> QuerySet[Enrolment]:
    """What they are enrolled in, as far as it is the reader's business."""
    seen = enrolments_visible_to(request.principal, timezone.now()).filter(
        user=person, withdrawn_at__isnull=True
    )
    return seen.select_related("curriculum", "course", "line", "assignment").order_by("-enrolled_at", "-id")


def _detail(request: HttpRequest, person: User, **forms: Any) -> HttpResponse:
    at = timezone.now()
    may_record = (
        trained_by(request.principal, at).filter(pk=person.pk).exists() and person.pk != request.user.pk
    )
    learning = learning_of(person, at=at)
    stuck = [one for one in learning if one.version and one.is_owed and one.version.attempts_allowed]
    enrolments = _enrolments(request, person)
    owed = owed_courses(enrolments, at=at)
    context = {
        "person": person,
        "learning": learning,
        "tones": TONES,
        "may_record": may_record,
        "enrol_form": forms.get("enrol") or EnrolForm(),
        "completion_form": forms.get("complete") or CompletionForm(),
        "waiver_form": forms.get("waive") or WaiverForm(owed=owed),
        "may_waive": may_record and owed.exists(),
        "stuck": stuck if may_record else [],
        "enrolments": enrolments,
        "completions": Completion.objects.filter(user=person)
        .select_related("course", "version", "certificate")
        .order_by("-achieved_at", "-id")[:50],
    }
    bound = any(form.errors for form in forms.values())
    return render(request, "training/person.html", context, status=422 if bound else 200)


@require_GET
def person_training(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """What somebody must learn and has learned."""
    return _detail(request, _person(request, public_id))


@require_POST
def person_record(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Enrol, withdraw, note a completion, waive a course or give attempts back, by the button that was pressed."""
    person, at = _person(request, public_id), timezone.now()
    if person.pk == request.user.pk or not trained_by(request.principal, at).filter(pk=person.pk).exists():
        raise NotAllowed(_("Training records are kept by the line lead and the hub, and never by oneself."))
    by, action = request.principal.actor, request.POST.get("action", "")
    enrolments = _enrolments(request, person)
    forms: dict[str, Callable[[], Any]] = {
        "enrol": lambda: EnrolForm(request.POST),
        "complete": lambda: CompletionForm(request.POST),
        "waive": lambda: WaiverForm(request.POST, owed=owed_courses(enrolments, at=at)),
    }
    form = forms[action]() if action in forms else None
    try:
        if form is not None and not form.is_valid():
            return _detail(request, person, **{action: form})
        if action == "enrol":
            enrol_person(person, course=form.cleaned_data["course"], due_at=form.due_at(), by=by, at=at)
        elif action == "complete":
            _complete(request, person, form)
        elif action == "waive":
            course = form.cleaned_data["course"]
            asking = get_list_or_404(enrolments.filter(requirements__course=course))[0]
            waive_course(asking, course=course, reason=form.cleaned_data["reason"], by=by, at=at)
        elif action == "withdraw":
            row = get_object_or_404(enrolments, public_id=request.POST.get("enrolment", ""))
            withdraw_enrolment(row, by=by, at=at)
        elif action == "forgive":
            version = get_object_or_404(CourseVersion, public_id=request.POST.get("version", ""))
            forgive_attempts(version, person=person, by=by, at=at)
        else:
            raise Invalid.one("action", "action_unknown", _("Choose one of the buttons."))
    except DomainError as error:
        if form is not None:
            blame(form, error)
            return _detail(request, person, **{action: form})
        messages.error(request, error.message)
    else:
        messages.success(request, _("Saved."))
    return redirect("person-training", person.public_id)


def _complete(request: HttpRequest, person: User, form: CompletionForm) -> None:
    course, moment, now = form.cleaned_data["course"], form.achieved_at(), timezone.now()
    if form.cleaned_data["achieved_on"] == timezone.localdate():
        # Somebody notes before noon what was completed in the morning.
        moment = min(moment, now)
    version = version_at(course, moment)
    if version is None:
        raise Invalid.one(
            "course", "not_published", _("%(course)s has no published version yet.") % {"course": course.code}
        )
    key = f"manual:{person.public_id}:{course.public_id}:{form.cleaned_data['achieved_on'].isoformat()}"
    evidence = form.cleaned_data["evidence"]
    finished = Finished(person, version, moment, CompletionSource.MANUAL, key, evidence=evidence)
    record_completion(finished, by=request.principal.actor, at=now)
