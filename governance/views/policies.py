"""Policies as people read them: the library, a policy, the words of a version, what changed, and files of them."""

from django.core.paginator import Paginator
from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.html import escape
from django.utils.translation import get_language, gettext as _
from django.views.decorators.http import require_GET

from coe.templatetags.prose import markdown
from governance.enums.policies import OPEN_STATES, PolicyVersionState, ReviewOutcome
from governance.forms.policies import PolicyFilter
from governance.models import Policy, PolicyCourse, PolicyText, PolicyVersion
from governance.rules.differences import rows, words
from governance.rules.files import write_file
from governance.rules.policies import may_renew, writes_policies
from governance.selectors.policies import (
    current_reviews,
    in_force_of,
    open_of,
    policies_visible_to,
    versions_visible_to,
)
from governance.views.sections import tabs
from training.models import Course
from training.models.texts import said

PER_PAGE = 50
TONES = {
    PolicyVersionState.DRAFT: "void",
    PolicyVersionState.IN_REVIEW: "care",
    PolicyVersionState.APPROVED: "care",
    PolicyVersionState.PUBLISHED: "good",
    PolicyVersionState.SUPERSEDED: "void",
    PolicyVersionState.DISCARDED: "void",
}


def policy_of(request: HttpRequest, code: str) -> Policy:
    """A policy the reader may see; 404 otherwise."""
    return get_object_or_404(policies_visible_to(request.principal).select_related("owner"), code=code)


def version_of(request: HttpRequest, code: str, number: str) -> PolicyVersion:
    """The version of a number that the reader may see; 404 otherwise. Discarded ones have given their number back."""
    major, dot, minor = number.partition(".")
    if not (dot and major.isdecimal() and minor.isdecimal() and len(number) < 12):
        raise Http404
    visible = versions_visible_to(request.principal).exclude(state=PolicyVersionState.DISCARDED)
    return get_object_or_404(
        visible.select_related("policy__owner", "submitted_by", "published_by"),
        policy__code=code, major=min(int(major), 32_767), minor=min(int(minor), 32_767),
    )  # fmt: skip


def crumbs_of(policy: Policy | None = None, version: PolicyVersion | None = None) -> list[tuple[str, str]]:
    """The way to a page of a policy."""
    crumbs = [(_("Policies"), reverse("policy-list"))]
    if policy is not None:
        crumbs.append((policy.title, reverse("policy-detail", args=[policy.code])))
    if policy is not None and version is not None:
        crumbs.append((version.number, reverse("policy-version", args=[policy.code, version.number])))
    return crumbs


def text_shown(version: PolicyVersion, language: str) -> tuple[PolicyText | None, list[PolicyText]]:
    """The words in a language, else in English, else in any; and all there are (one query)."""
    texts = list(version.texts.order_by("language"))
    found = said({one.language: one for one in texts}, language)
    return found or None, texts


@require_GET
def policy_list(request: HttpRequest) -> HttpResponse:
    """The library: what is in force, of which version, and when it is looked at again."""
    filters = PolicyFilter(request.GET)
    criteria, writes = filters.criteria(), writes_policies(request.principal)
    found = policies_visible_to(request.principal).select_related("owner")
    if not (writes and "archived" in request.GET):
        found = found.kept()  # type: ignore[attr-defined]  # our queryset words
    if "type" in criteria:
        found = found.filter(type=criteria["type"])
    for word in criteria.get("q", "").split()[:8]:
        found = found.filter(Q(code__icontains=word) | Q(titles__icontains=word))
    page = Paginator(found.order_by("code"), PER_PAGE).get_page(request.GET.get("page"))
    shown = list(page.object_list)
    force, on_its_way = in_force_of(shown), open_of(shown) if writes else {}
    context = {
        "tabs": tabs(request, "policy-list"), "page": page, "filters": filters, "is_filtered": bool(criteria),
        "rows": [(one, force.get(one.pk), on_its_way.get(one.pk)) for one in shown], "tones": TONES, "may_write": writes,
    }  # fmt: skip
    return render(request, "governance/policy_list.html", context)


@require_GET
def policy_detail(request: HttpRequest, code: str) -> HttpResponse:
    """A policy: the words in force in the reader's language, its versions, who owns it, which courses teach it."""
    policy = policy_of(request, code)
    versions = versions_visible_to(request.principal).filter(policy=policy)
    listed = list(versions.order_by("-id")[:100])
    shown = next((one for one in listed if one.state == PolicyVersionState.PUBLISHED), None)
    text, texts = (
        text_shown(shown, request.GET.get("language", get_language() or "en")) if shown else (None, [])
    )
    draft = next((one for one in listed if one.state in OPEN_STATES), None)
    writes = writes_policies(request.principal)
    taught = list(policy.courses.filter(ended_at=None).select_related("course").order_by("course__code_key"))
    context = {
        "policy": policy, "version": shown, "text": text, "texts": texts, "versions": listed, "draft": draft, "tones": TONES,
        "may_write": writes, "may_renew": may_renew(request.principal, policy) and shown is not None,
        "taught": taught, "teachable": _teachable(taught) if writes and policy.archived_at is None else (),
        "acknowledge_url": reverse("policy-acknowledge", args=[policy.code]) if policy.is_acknowledged and shown else "",
        "discarded": PolicyVersionState.DISCARDED, "hidden_renew": {"action": "renew"},
        "hidden_archive": {"action": "archive", "revision": policy.revision},
    }  # fmt: skip
    return render(request, "governance/policy_detail.html", context)


def _teachable(taught: list[PolicyCourse]) -> QuerySet[Course]:
    """Courses that may yet be said to teach a policy."""
    return Course.objects.offered().exclude(pk__in=[one.course_id for one in taught]).order_by("code_key")  # type: ignore[attr-defined]  # our queryset words


@require_GET
def policy_version(request: HttpRequest, code: str, number: str) -> HttpResponse:
    """The words of one version, to read and to print; what its reviewers said is for those who write policies and review it."""
    version = version_of(request, code, number)
    text, texts = text_shown(version, request.GET.get("language", get_language() or "en"))
    reviews = list(current_reviews(version))
    is_reviewer = request.user.pk in {one.reviewer_id for one in reviews}
    writes = writes_policies(request.principal)
    told = version.policy.versions.filter(published_at__isnull=False).exclude(pk=version.pk)
    context = {
        "policy": version.policy, "version": version, "text": text, "texts": texts, "tone": TONES[PolicyVersionState(version.state)],
        "reviews": reviews if writes or is_reviewer else [], "may_write": writes,
        "may_review": is_reviewer and version.state == PolicyVersionState.IN_REVIEW,
        "before": told.filter(id__lt=version.pk).order_by("-major", "-minor").first(),
        "review_tones": {ReviewOutcome.APPROVED: "good", ReviewOutcome.CHANGES: "bad", ReviewOutcome.PENDING: "void"},
        "hidden_return": {"action": "return", "revision": version.revision},
        "hidden_discard": {"action": "discard", "revision": version.revision},
    }  # fmt: skip
    return render(request, "governance/policy_version.html", context)


@require_GET
def policy_diff(request: HttpRequest, code: str, number: str) -> HttpResponse:
    """Two versions side by side, and word by word; with the version before unless another is named. The first has none: 404."""
    version = version_of(request, code, number)
    other = (
        version_of(request, code, request.GET["from"]) if "from" in request.GET
        else versions_visible_to(request.principal).filter(policy=version.policy, pk__lt=version.pk)
        .exclude(state=PolicyVersionState.DISCARDED).order_by("-pk").first()
    )  # fmt: skip
    if other is None:
        raise Http404
    language = request.GET.get("language", get_language() or "en")
    text, texts = text_shown(version, language)
    old = other.texts.filter(language=text.language).first() if text else None
    before, after = old.body if old else "", text.body if text else ""
    context = {
        "policy": version.policy, "version": version, "other": other, "text": text, "texts": texts,
        "rows": rows(before, after), "words": words(before, after), "is_same": before == after,
    }  # fmt: skip
    return render(request, "governance/policy_diff.html", context)


@require_GET
def policy_text(request: HttpRequest, code: str, number: str, language: str, form: str) -> HttpResponse:
    """The words of a version as a Markdown or HTML file."""
    version = version_of(request, code, number)
    text = get_object_or_404(version.texts, language=language)
    policy = version.policy
    title = str(said(policy.titles, language) or policy.code)
    if form == "md":
        front = {
            "code": policy.code, "language": language, "type": policy.type, "version": version.number,
            "state": version.state, "sha256": text.sha256,
        }  # fmt: skip
        content = write_file(title=title, body=text.body, front=front)
        kind = "text/markdown"
    elif form == "html":
        content = (
            f'<!doctype html>\n<html lang="{escape(language)}"><head><meta charset="utf-8"><title>{escape(title)} {version.number}</title>'
            f"</head><body><h1>{escape(title)} {version.number}</h1>\n{markdown(text.body)}</body></html>\n"
        )
        kind = "text/html"
    else:
        raise Http404
    answer = HttpResponse(content, content_type=f"{kind}; charset=utf-8")
    name = f"{policy.code}-{version.number}-{language}.{form}"
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer
