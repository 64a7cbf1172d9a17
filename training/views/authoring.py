"""Writing courses: what is said about one, and its draft with lessons and questions. Nothing that is published changes here."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from coe.enums.roles import Permission
from coe.errors import DomainError, Invalid
from coe.rules.scope import people_in_scope, require
from training.enums.training import VersionState
from training.forms.courses import NAMES, CourseForm, LessonForm, QuestionForm, QuizSettingsForm
from training.forms.texts import blame_texts, given_texts
from training.models import Course, CourseVersion
from training.selectors.versions import unready
from training.services.courses import create_course, edit_course, retire_course
from training.services.drafts import LESSON, QUESTION, put_part, raise_part, remove_part
from training.services.versions import discard_draft, draft_version, edit_version, publish_version


def _writer(request: HttpRequest) -> None:
    require(request.principal, Permission.MANAGE_TRAINING)


def _course(code: str) -> Course:
    return get_object_or_404(Course.objects.select_related("owner"), code_key=code.casefold())


def _draft(code: str) -> CourseVersion:
    drafts = CourseVersion.objects.select_related("course").filter(state=VersionState.DRAFT)
    return get_object_or_404(drafts, course__code_key=code.casefold())


def _crumbs(course: Course | None = None) -> list[tuple[str, str]]:
    crumbs = [(_("Catalogue"), reverse("course-list"))]
    if course is not None:
        crumbs.append((course.title, reverse("course-detail", args=[course.code])))
        crumbs.append((_("Versions"), reverse("course-write", args=[course.code])))
    return crumbs


def _page(
    request: HttpRequest, form: Any, *, template: str = "training/course_form.html", **context: Any
) -> HttpResponse:
    status = 422 if form.errors else 200
    return render(request, template, {"form": form, **context}, status=status)


def _tried(request: HttpRequest, form: Any, write: Callable[[], Any], done: str) -> Any:
    """What a write gives back, told in a message; None when it was refused, told beside the fields."""
    try:
        found = write()
    except DomainError as error:
        if error.status in (403, 404):
            raise
        blame_texts(form, error, NAMES)
        return None
    messages.success(request, done)
    return found


def _people(request: HttpRequest) -> Any:
    people: Any = people_in_scope(request.principal).active()
    return people.order_by("name", "email", "id")[:200]


@require_http_methods(["GET", "POST"])
def course_create(request: HttpRequest) -> HttpResponse:
    """Add a course; its draft is opened with it."""
    _writer(request)
    form = CourseForm(request.POST or None)
    if form.is_bound and form.is_valid():
        by, at = request.principal.actor, timezone.now()

        def write() -> Course:
            return create_course(code=form.cleaned_data["code"], by=by, at=at, **form.values())

        course = _tried(request, form, write, _("The course is added. Now draft what it teaches."))
        if course is not None:
            return redirect("course-write", course.code)
    return _page(
        request, form, title=_("Add a course"), submit=_("Add the course"), cancel_url=reverse("course-list"), crumbs=_crumbs(),
        people_known=_people(request),
    )  # fmt: skip


@require_http_methods(["GET", "POST"])
def course_edit(request: HttpRequest, code: str) -> HttpResponse:
    """Change what is said about a course."""
    _writer(request)
    course = _course(code)
    form = CourseForm(request.POST or None, course=course)
    if form.is_bound and form.is_valid():
        by, at, revision = request.principal.actor, timezone.now(), form.cleaned_data["revision"]

        def write() -> Course:
            return edit_course(course, changes=form.values(), by=by, at=at, expected_revision=revision)

        if _tried(request, form, write, _("Saved.")) is not None:
            return redirect("course-write", course.code)
    return _page(
        request, form, title=_("What is said about it"), submit=_("Save"), cancel_url=reverse("course-write", args=[course.code]),
        crumbs=_crumbs(course), people_known=_people(request),
    )  # fmt: skip


@require_GET
def course_write(request: HttpRequest, code: str) -> HttpResponse:
    """The versions of a course, and its draft with what it lacks."""
    _writer(request)
    course = _course(code)
    versions = list(course.versions.order_by("-number"))
    draft = next((one for one in versions if one.state == VersionState.DRAFT), None)
    context: dict[str, Any] = {
        "course": course,
        "versions": versions,
        "draft": draft,
        "retire": {"action": "retire"},
    }
    if draft is not None:
        draft.course = course
        context |= {
            "lessons": draft.lessons.order_by("order"),
            "questions": draft.questions.order_by("order"),
            "missing": unready(draft),
            "hidden": {"action": "publish", "revision": draft.revision},
            "discard": {"action": "discard", "revision": draft.revision},
        }
    return render(request, "training/course_write.html", context)


def _revision(request: HttpRequest) -> int | None:
    text = request.POST.get("revision", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None


@require_POST
def course_act(request: HttpRequest, code: str) -> HttpResponse:
    """Open a draft, publish or discard it, retire the course, or move and remove a part of the draft; by the button that was pressed."""
    _writer(request)
    course, by, at = _course(code), request.principal.actor, timezone.now()
    action, key, why = (request.POST.get(name, "") for name in ("action", "key", "reason"))
    part = {"lesson": LESSON, "question": QUESTION}.get(request.POST.get("part", ""), "")
    try:
        if action == "draft":
            draft_version(course, by=by, at=at)
            done = _("The draft is open. Those who learn see the version before until you publish.")
        elif action == "publish":
            publish_version(_draft(code), by=by, at=at, why=why, expected_revision=_revision(request))
            done = _("Published. Quizzes under way are finished on the version before.")
        elif action == "discard":
            discard_draft(_draft(code), by=by, at=at, why=why, expected_revision=_revision(request))
            done = _("The draft is discarded. What it said stays in the history.")
        elif action == "retire":
            retire_course(course, by=by, at=at, why=why)
            done = _("The course is retired. Its certificates hold until they end.")
        elif action == "raise" and part:
            raise_part(_draft(code), part=part, key=key, by=by, at=at)
            done = _("Moved up.")
        elif action == "remove" and part:
            remove_part(_draft(code), part=part, key=key, by=by, at=at)
            done = _("Removed from the draft.")
        else:
            raise Invalid.one("action", "action_unknown", _("Choose one of the buttons."))
    except DomainError as error:
        messages.error(
            request, " ".join(dict.fromkeys([error.message, *(one.message for one in error.problems)]))
        )
    else:
        messages.success(request, done)
    return redirect("course-write", course.code)


@require_http_methods(["GET", "POST"])
def draft_settings(request: HttpRequest, code: str) -> HttpResponse:
    """Aims of the draft, and how its quiz asks."""
    _writer(request)
    version = _draft(code)
    form = QuizSettingsForm(request.POST or None, version=version)
    if form.is_bound and form.is_valid():
        by, at, revision = request.principal.actor, timezone.now(), form.cleaned_data["revision"]

        def write() -> CourseVersion:
            return edit_version(version, changes=form.values(), by=by, at=at, expected_revision=revision)

        if _tried(request, form, write, _("Saved.")) is not None:
            return redirect("course-write", version.course.code)
    return _page(
        request, form, title=_("Aims and quiz"), submit=_("Save"), cancel_url=reverse("course-write", args=[version.course.code]),
        crumbs=_crumbs(version.course),
    )  # fmt: skip


def _written(request: HttpRequest, version: CourseVersion, form: Any, part: str, key: str) -> bool:
    """Whether a part of the draft was stored."""
    by, at, revision = request.principal.actor, timezone.now(), form.cleaned_data["revision"]

    def write() -> CourseVersion:
        return put_part(
            version, part=part, values=form.values(), key=key, by=by, at=at, expected_revision=revision
        )

    return _tried(request, form, write, _("Saved.")) is not None


@require_http_methods(["GET", "POST"])
def draft_lesson(request: HttpRequest, code: str, key: str = "") -> HttpResponse:
    """Write a lesson, with a preview before it is saved."""
    _writer(request)
    version = _draft(code)
    row = get_object_or_404(version.lessons, key=key) if key else None
    form = LessonForm(request.POST or None, revision=version.revision, lesson=row)
    preview: list[tuple[str, str]] = []
    if form.is_bound and form.is_valid():
        if request.POST.get("action") == "preview":
            preview = list(given_texts(form.cleaned_data, "body").items())
        elif _written(request, version, form, LESSON, key):
            return redirect("course-write", version.course.code)
    return _page(
        request, form, template="training/lesson_form.html", title=row.title if row else _("New lesson"), preview=preview,
        crumbs=_crumbs(version.course), cancel_url=reverse("course-write", args=[version.course.code]),
    )  # fmt: skip


@require_http_methods(["GET", "POST"])
def draft_question(request: HttpRequest, code: str, key: str = "") -> HttpResponse:
    """Write a question with its choices and why the right one is right."""
    _writer(request)
    version = _draft(code)
    row = get_object_or_404(version.questions, key=key) if key else None
    form = QuestionForm(request.POST or None, revision=version.revision, question=row)
    if form.is_bound and form.is_valid() and _written(request, version, form, QUESTION, key):
        return redirect("course-write", version.course.code)
    return _page(
        request, form, template="training/question_form.html", title=_("Question") if row else _("New question"),
        crumbs=_crumbs(version.course), cancel_url=reverse("course-write", args=[version.course.code]),
    )  # fmt: skip
