"""What a learner sees: their courses, the catalogue, a course and its lessons."""

from typing import Any

from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from coe.enums.roles import Permission
from coe.rules.scope import may, offered_to
from training.enums.training import LearningState
from training.forms.catalogue import CatalogueForm
from training.models import Attempt, Course, Lesson, LessonReading, Session
from training.selectors.learning import catalogue, coming_sessions, learning_of, taught_versions
from training.services.attempts import attempts_left, missing_before, read_lesson

PER_PAGE = 50
TONES = {
    LearningState.OVERDUE: "bad",
    LearningState.EXPIRED: "bad",
    LearningState.OPEN: "care",
    LearningState.RENEWABLE: "care",
    LearningState.DONE: "good",
}


def tabs(request: HttpRequest, current: str) -> list[dict[str, Any]]:
    """The sections of training."""
    pages = [
        ("training", _("My courses")),
        ("course-list", _("Catalogue")),
        ("session-list", _("Sessions")),
        ("curriculum-list", _("Curricula")),
        ("coverage", _("Coverage")),
    ]
    if request.principal.holds_anywhere(Permission.RECORD_TRAINING):
        pages.append(("match-list", _("Learning systems")))
    return [{"label": label, "url": reverse(name), "current": name == current} for name, label in pages]


@require_GET
def my_courses(request: HttpRequest) -> HttpResponse:
    """What I must learn, what I hold, and what comes next."""
    learning = learning_of(request.user, at=timezone.now())
    owed = [one for one in learning if one.is_owed]
    context = {
        "tabs": tabs(request, "training"),
        "owed": owed,
        "held": [one for one in learning if one.certificate is not None],
        "rest": [one for one in learning if not one.is_owed and one.certificate is None],
        "late": sum(one.state in (LearningState.OVERDUE, LearningState.EXPIRED) for one in owed),
        "tones": TONES,
    }
    return render(request, "training/my_courses.html", context)


@require_GET
def course_list(request: HttpRequest) -> HttpResponse:
    """The catalogue."""
    filters = CatalogueForm(request.GET)
    criteria = filters.criteria()
    courses = catalogue(words=criteria.get("q", ""), mode=criteria.get("mode", ""))
    page = Paginator(courses, PER_PAGE).get_page(request.GET.get("page"))
    learning = {
        one.course.pk: one for one in learning_of(request.user, at=timezone.now(), courses=page.object_list)
    }
    context = {
        "tabs": tabs(request, "course-list"),
        "page": page,
        "rows": [learning[course.pk] for course in page.object_list],
        "filters": filters,
        "is_filtered": bool(criteria),
        "may_write": may(request.principal, Permission.MANAGE_TRAINING),
        "tones": TONES,
    }
    return render(request, "training/course_list.html", context)


def _course(code: str) -> Course:
    return get_object_or_404(Course.objects.select_related("owner"), code_key=code.casefold())


@require_GET
def course_detail(request: HttpRequest, code: str) -> HttpResponse:
    """A course: what it is good for, its lessons, its quiz, its sessions, and where the reader stands."""
    course, at = _course(code), timezone.now()
    one = next(
        row for row in learning_of(request.user, at=at, courses=[course]) if row.course.pk == course.pk
    )
    version = taught_versions([course.pk]).first()
    lessons = list(version.lessons.order_by("order")) if version else []
    read = set(
        LessonReading.objects.filter(user=request.user, lesson__version=version).values_list(
            "lesson_id", flat=True
        )
    )
    sessions = offered_to(Session.objects.filter(course=course), request.principal)
    context = {
        "course": course,
        "one": one,
        "tone": TONES[one.state],
        "version": version,
        "lessons": [(lesson, lesson.pk in read) for lesson in lessons],
        "next_lesson": next((lesson for lesson in lessons if lesson.pk not in read), None),
        "missing": missing_before(course, person=request.user),
        "left": attempts_left(version, person=request.user) if version else None,
        "attempts": Attempt.objects.filter(user=request.user, version__course=course).order_by(
            "-started_at", "-id"
        )[:10],
        "sessions": coming_sessions(sessions, at=at)[:10],
        "may_write": may(request.principal, Permission.MANAGE_TRAINING),
        "may_plan": request.principal.holds_anywhere(Permission.RECORD_TRAINING),
    }
    return render(request, "training/course_detail.html", context)


@require_http_methods(["GET", "POST"])
def lesson(request: HttpRequest, code: str, key: str) -> HttpResponse:
    """A lesson; “read” notes it and goes to the next one, or to the course after the last."""
    course = _course(code)
    lessons = list(
        Lesson.objects.filter(version__course=course, version__state="published").order_by("order")
    )
    place = next((index for index, one in enumerate(lessons) if one.key == key), None)
    if place is None:
        raise Http404
    following = lessons[place + 1] if place + 1 < len(lessons) else None
    if request.method == "POST":
        read_lesson(lessons[place], person=request.user, at=timezone.now())
        if following is not None:
            return redirect("lesson", course.code, following.key)
        return redirect("course-detail", course.code)
    context = {
        "course": course,
        "lesson": lessons[place],
        "number": place + 1,
        "total": len(lessons),
        "previous": lessons[place - 1] if place else None,
        "following": following,
    }
    return render(request, "training/lesson.html", context)
