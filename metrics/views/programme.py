"""The programme as a whole: its scorecard, the lines behind each criterion, and whether a score is still to come."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET

from coe.rules.scope import lines_in_scope
from metrics.forms.scorecards import scored
from metrics.forms.stages import criterion_of
from metrics.indicators.evidence import evidence_of
from metrics.scoring import Scope
from metrics.selectors.criterion_lines import lines_not_meeting
from metrics.selectors.rubrics import current_rubric, rubric_of
from metrics.selectors.scorecards import programme_scorecard
from metrics.selectors.waiting import changes_waiting


def _behind(criterion: str) -> str:
    return reverse("programme-criterion", args=[criterion])


@require_GET
def programme(request: HttpRequest) -> HttpResponse:
    """The scorecard over all lines, which everybody may see; what is behind a criterion keeps to the reader's scope."""
    at = timezone.now()
    context = {
        **scored(programme_scorecard(at), at, where=_behind),
        "wait": changes_waiting(request.principal, at),
        "wait_url": reverse("waiting"),
    }
    return render(request, "metrics/programme.html", context)


@require_GET
def programme_criterion(request: HttpRequest, criterion: str) -> HttpResponse:
    """The lines in scope that do not meet a criterion; of one that is measured once, the records, for those who see all."""
    at, rubric = timezone.now(), current_rubric()
    found = next((c for c in rubric_of(rubric).criteria if c.code == criterion), None) if rubric else None
    if rubric is None or found is None:
        raise Http404
    card = programme_scorecard(at)
    row = next((one for one in card.criteria if one.code == criterion), None)
    is_once = found.scope is Scope.PROGRAMME
    context = {
        "code": criterion,
        "row": criterion_of(row, where="", day=card.as_of) if row else None,
        "statement": row.statement if row else criterion,
        "fix_url": row.fix_url if row else "",
        "is_once": is_once,
        "lines": () if is_once else lines_not_meeting(request.principal, rubric, found),
        "lists": evidence_of(found, None, at=at) if is_once and request.principal.sees_all else (),
    }
    return render(request, "metrics/programme_criterion.html", context)


@require_GET
def waiting(request: HttpRequest, code: str = "") -> HttpResponse:
    """The small fragment an open page asks for while changes wait: how many still do, or that the scores are there.

    Opened by itself it is a page with the same words.
    """
    line = None
    if code:
        line = get_object_or_404(lines_in_scope(request.principal), code_key=code.casefold())
    where = reverse("waiting-line", args=[line.code]) if line else reverse("waiting")
    page = request.GET.get("page", "")
    pages = {"dashboard": reverse("dashboard"), "programme": reverse("programme")}
    context = {
        "wait": changes_waiting(request.principal, timezone.now(), line),
        "wait_url": f"{where}?page={page}" if page in pages else where,
        "fresh_url": line.get_absolute_url() if line else pages.get(page, reverse("dashboard")),
        "is_poll": True,
    }
    is_part = request.headers.get("HX-Request")
    return render(request, "components/waiting.html" if is_part else "metrics/waiting.html", context)
