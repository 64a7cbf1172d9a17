"""Sitting a quiz: start, answer, hand in, and read what was right and why."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from coe.errors import Invalid, WrongState
from training.forms.quiz import QuizForm
from training.models import Attempt, Certificate, Course, CourseVersion
from training.models.texts import read
from training.rules.quizzes import is_right
from training.services.attempts import save_answers, start_attempt, submit_attempt


@require_POST
def quiz_start(request: HttpRequest, code: str) -> HttpResponse:
    """Begin the quiz of a course, or go on with one that is under way."""
    course = get_object_or_404(Course, code_key=code.casefold())
    version = get_object_or_404(CourseVersion.objects.published(), course=course)
    try:
        attempt = start_attempt(version, person=request.user, by=request.principal.actor, at=timezone.now())
    except WrongState as error:
        messages.error(request, error.message)
        return redirect("course-detail", course.code)
    return redirect("attempt", attempt.public_id)


def _told(attempt: Attempt) -> list[dict[str, Any]]:
    """Each question with what was chosen, what was right, and why."""
    rows = []
    for question in attempt.questions:
        chosen = attempt.answers.get(question["key"], [])
        rows.append(
            {
                "text": read(question["texts"]),
                "is_right": is_right(question, chosen),
                "explanation": read(question["explanations"]),
                "choices": [
                    {
                        "text": read(choice["texts"]),
                        "chosen": choice["key"] in chosen,
                        "correct": choice["key"] in question["correct"],
                    }
                    for choice in question["choices"]
                ],
            }
        )
    return rows


@require_http_methods(["GET", "POST"])
def attempt(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """My attempt: the questions until it is handed in, then the marks with an explanation for each."""
    row = get_object_or_404(
        Attempt.objects.select_related("version__course"), public_id=public_id, user=request.user
    )
    if row.submitted_at is not None:
        certificate = Certificate.objects.filter(completion__attempt=row).first()
        context = {
            "attempt": row,
            "course": row.version.course,
            "rows": _told(row),
            "certificate": certificate,
        }
        return render(request, "training/attempt_result.html", context)
    form = QuizForm(request.POST or None, attempt=row)
    if request.method == "POST" and form.is_valid():
        by, at = request.principal.actor, timezone.now()
        try:
            if request.POST.get("action") == "save":
                save_answers(row, answers=form.answers(), by=by, at=at)
                messages.success(request, _("Your answers are kept. Come back when you like."))
                return redirect("course-detail", row.version.course.code)
            submit_attempt(row, answers=form.answers(), by=by, at=at)
            return redirect("attempt", row.public_id)
        except (Invalid, WrongState) as error:
            form.add_error(None, error.message)
    return render(
        request,
        "training/attempt.html",
        {"attempt": row, "course": row.version.course, "form": form},
        status=422 if form.errors else 200,
    )
