"""Writing policies: what is said about one, a draft's words, reviewers, what they say, publication, files and model texts."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from coe.enums.roles import Permission
from coe.errors import DomainError, Invalid
from coe.forms.fields import offer_people
from coe.models import User
from coe.rules.scope import people_in_scope, require
from governance.enums.policies import PolicyVersionState
from governance.forms.policies import (
    NAMES,
    AdoptForm,
    DraftForm,
    ImportForm,
    PolicyForm,
    ReviewForm,
    SubmitForm,
)
from governance.library import shipped
from governance.models import Policy, PolicyVersion
from governance.rules.policies import require_renewal
from governance.selectors.policies import current_reviews, possible_reviewers
from governance.selectors.policy_library import model_of, models
from governance.selectors.publishing import effects_of
from governance.services.adopting import adopt_model, take_later_wording
from governance.services.policies import archive_policy, create_policy, edit_policy, restore_policy
from governance.services.policy_courses import stop_teaching, teach_policy
from governance.services.policy_files import import_policy_file
from governance.services.publishing import publish_policy
from governance.services.reviews import decide_review, renew_policy, return_version, submit_version
from governance.services.versions import discard_version, draft_version, edit_version
from governance.views.policies import crumbs_of, policy_of, text_shown, version_of
from governance.views.sections import tabs
from training.forms.texts import blame_texts, given_texts
from training.models import Course

SHOWN_PEOPLE = 200


def _writer(request: HttpRequest) -> None:
    require(request.principal, Permission.MANAGE_POLICIES)


def _people(request: HttpRequest) -> Any:
    return people_in_scope(request.principal).active()  # type: ignore[attr-defined]  # our queryset words


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


def _revision(request: HttpRequest) -> int | None:
    text = request.POST.get("revision", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None


@require_http_methods(["GET", "POST"])
def policy_create(request: HttpRequest) -> HttpResponse:
    """Add a policy and open its first draft."""
    _writer(request)
    form = PolicyForm(request.POST or None)
    offer_people(form, _people(request))
    if form.is_bound and form.is_valid():
        by, at = request.principal.actor, timezone.now()

        def write() -> Policy:
            return create_policy(code=form.cleaned_data["code"], by=by, at=at, **form.values())

        made = _tried(request, form, write, _("The policy is added. Now write its first version."))
        if made is not None:
            return redirect("policy-detail", made.code)
    return _page(
        request, form, title=_("Add a policy"), submit=_("Add the policy"), cancel_url=reverse("policy-list"), crumbs=crumbs_of(),
        people_known=_people(request).order_by("name", "email", "id")[:SHOWN_PEOPLE],
    )  # fmt: skip


@require_http_methods(["GET", "POST"])
def policy_edit(request: HttpRequest, code: str) -> HttpResponse:
    """Change what is said about a policy."""
    _writer(request)
    policy = policy_of(request, code)
    form = PolicyForm(request.POST or None, policy=policy)
    offer_people(form, _people(request))
    if form.is_bound and form.is_valid():
        by, at, revision = request.principal.actor, timezone.now(), form.cleaned_data["revision"]

        def write() -> Policy:
            return edit_policy(policy, changes=form.values(), by=by, at=at, expected_revision=revision)

        if _tried(request, form, write, _("Saved.")) is not None:
            return redirect("policy-detail", policy.code)
    return _page(
        request, form, title=_("What is said about it"), submit=_("Save"), crumbs=crumbs_of(policy),
        cancel_url=reverse("policy-detail", args=[policy.code]),
        people_known=_people(request).order_by("name", "email", "id")[:SHOWN_PEOPLE],
    )  # fmt: skip


@require_POST
def policy_act(request: HttpRequest, code: str) -> HttpResponse:
    """Draft a version, archive, restore or renew the policy, say which course teaches it; by the button that was pressed."""
    policy, by, at = policy_of(request, code), request.principal.actor, timezone.now()
    action, why = (request.POST.get(name, "") for name in ("action", "reason"))
    require_renewal(request.principal, policy)
    if action != "renew":
        _writer(request)
    try:
        if action == "draft":
            source = policy.versions.filter(public_id=_uuid(request.POST.get("source", ""))).first()
            version = draft_version(policy, by=by, at=at, source=source)
            messages.success(request, _("The draft is open. Nobody is bound by it until it is published."))
            return redirect("policy-write", policy.code, version.number)
        if action == "archive":
            archive_policy(policy, by=by, at=at, why=why, expected_revision=_revision(request))
            done = _("The policy is archived. Nobody is bound by it any more.")
        elif action == "restore":
            restore_policy(policy, by=by, at=at, why=why)
            done = _("The policy is back.")
        elif action == "renew":
            renew_policy(policy, by=by, at=at, why=why)
            done = _("Noted. Its next review is one cycle on.")
        elif action == "teach":
            teach_policy(policy, course=_course(request.POST.get("course", "")), by=by, at=at)
            done = _("The course teaches this policy.")
        elif action == "stop_teaching":
            stop_teaching(
                get_object_or_404(policy.courses, public_id=_uuid(request.POST.get("course", ""))),
                by=by,
                at=at,
                why=why,
            )
            done = _("The course teaches this policy no longer. Certificates stay as they are.")
        else:
            raise Invalid.one("action", "action_unknown", _("Choose one of the buttons."))
    except DomainError as error:
        messages.error(request, error.message)
    else:
        messages.success(request, done)
    return redirect("policy-detail", policy.code)


def _course(code: str) -> Course:
    """A course that is offered, by its code.

    :raises Invalid: there is none.
    """
    found = Course.objects.offered().filter(code_key=code.strip().casefold()).first()
    if found is None:
        raise Invalid.one("course", "unknown", _("Choose a course that is offered."))
    return found


def _uuid(text: str) -> str:
    digits = text.replace("-", "")
    is_one = len(digits) == 32 and all(sign in "0123456789abcdefABCDEF" for sign in digits)
    return text if is_one else "00000000-0000-0000-0000-000000000000"


@require_http_methods(["GET", "POST"])
def policy_write(request: HttpRequest, code: str, number: str) -> HttpResponse:
    """Write a draft in every language, with a preview before it is saved."""
    _writer(request)
    version = version_of(request, code, number)
    if version.state != PolicyVersionState.DRAFT:
        raise Http404
    form = DraftForm(request.POST or None, version=version)
    preview: list[tuple[str, str]] = []
    if form.is_bound and form.is_valid():
        by, at, revision = request.principal.actor, timezone.now(), form.cleaned_data["revision"]
        if request.POST.get("action") == "preview":
            preview = list(given_texts(form.cleaned_data, "text").items())
        else:

            def write() -> PolicyVersion:
                return edit_version(
                    version,
                    changes=form.values(),
                    texts=form.texts(),
                    by=by,
                    at=at,
                    expected_revision=revision,
                )

            saved = _tried(request, form, write, _("Saved."))
            if saved is not None:
                return redirect("policy-version", code, saved.number)
    title = _("Draft %(number)s") % {"number": version.number}
    return _page(
        request, form, template="training/lesson_form.html", title=title, preview=preview, crumbs=crumbs_of(version.policy),
        cancel_url=reverse("policy-version", args=[code, number]),
    )  # fmt: skip


@require_POST
def version_act(request: HttpRequest, code: str, number: str) -> HttpResponse:
    """Take a version back to draft, or discard it; by the button that was pressed."""
    _writer(request)
    version, by, at = version_of(request, code, number), request.principal.actor, timezone.now()
    action, why = (request.POST.get(name, "") for name in ("action", "reason"))
    told = {"by": by, "at": at, "why": why, "expected_revision": _revision(request)}
    try:
        if action == "return":
            return_version(version, **told)
            messages.success(
                request, _("It is a draft again. What its reviewers said is kept and no longer counts.")
            )
        elif action == "discard":
            discard_version(version, **told)
            messages.success(request, _("Discarded. A new draft can start from its words."))
            return redirect("policy-detail", code)
        else:
            raise Invalid.one("action", "action_unknown", _("Choose one of the buttons."))
    except DomainError as error:
        messages.error(request, error.message)
    return redirect("policy-version", code, number)


@require_http_methods(["GET", "POST"])
def policy_submit(request: HttpRequest, code: str, number: str) -> HttpResponse:
    """Ask people to review a draft."""
    _writer(request)
    version = version_of(request, code, number)
    possible = possible_reviewers(version, User.objects.all()).exclude(pk=request.user.pk)
    form = SubmitForm(request.POST or None, people=_people(request), revision=version.revision)
    if form.is_bound and form.is_valid():
        clean, by, at = form.cleaned_data, request.principal.actor, timezone.now()

        def write() -> PolicyVersion:
            return submit_version(
                version, reviewers=clean["reviewers"], due_at=clean["due_at"], by=by, at=at, expected_revision=clean["revision"]
            )  # fmt: skip

        if _tried(request, form, write, _("Submitted. The reviewers see it in their duties.")) is not None:
            return redirect("policy-version", code, number)
    intro = _("From now on the words do not change. This policy asks for so many approvals: %(quorum)d.")
    return _page(
        request, form, title=_("Submit for review"), submit=_("Submit"), crumbs=crumbs_of(version.policy, version),
        cancel_url=reverse("policy-version", args=[code, number]), intro=intro % {"quorum": version.policy.quorum},
        people_known=possible.order_by("name", "email", "id")[:SHOWN_PEOPLE],
    )  # fmt: skip


@require_http_methods(["GET", "POST"])
def policy_review(request: HttpRequest, code: str, number: str) -> HttpResponse:
    """A named reviewer reads the words and says what they think."""
    version = version_of(request, code, number)
    mine = current_reviews(version).filter(reviewer=request.user).first()
    if mine is None:
        raise Http404
    form = ReviewForm(request.POST or None, initial={"sha256": version.sha256, "note": mine.note})
    if form.is_bound and form.is_valid():
        clean, by, at = form.cleaned_data, request.principal.actor, timezone.now()
        outcome = request.POST.get("outcome", "")

        def write() -> Any:
            return decide_review(
                version, outcome=outcome, sha256=clean["sha256"], note=clean["note"], by=by, at=at
            )

        if (
            _tried(request, form, write, _("Thank you. What you said is kept with the words you read."))
            is not None
        ):
            return redirect("policy-version", code, number)
    text, texts = text_shown(version, request.GET.get("language", request.LANGUAGE_CODE))
    told = version.policy.versions.filter(published_at__isnull=False).order_by("-major", "-minor")
    return _page(
        request, form, template="governance/policy_review.html", policy=version.policy, version=version, text=text, texts=texts,
        mine=mine, before=told.first(), is_open=version.state == PolicyVersionState.IN_REVIEW,
    )  # fmt: skip


@require_http_methods(["GET", "POST"])
def policy_publish(request: HttpRequest, code: str, number: str) -> HttpResponse:
    """What publishing does, told before; the button confirms exactly that."""
    _writer(request)
    version, at = version_of(request, code, number), timezone.now()
    status = 200
    if request.method == "POST":
        try:
            publish_policy(
                version, confirm=request.POST.get("confirm", ""), by=request.principal.actor, at=at, expected_revision=_revision(request)
            )  # fmt: skip
        except DomainError as error:
            messages.error(request, error.message)
            status = error.status
        else:
            messages.success(request, _("Published. It binds people from now on."))
            return redirect("policy-detail", code)
    is_ready = version.state == PolicyVersionState.APPROVED
    context = {
        "policy": version.policy, "version": version, "crumbs": crumbs_of(version.policy, version), "is_ready": is_ready,
        "effects": effects_of(version, at=at) if is_ready else None,
    }  # fmt: skip
    return render(request, "governance/policy_publish.html", context, status=status)


@require_http_methods(["GET", "POST"])
def policy_import(request: HttpRequest) -> HttpResponse:
    """Take words from a Markdown file into a draft."""
    _writer(request)
    form = ImportForm(request.POST or None, request.FILES or None)
    if form.is_bound and form.is_valid():
        clean, by, at = form.cleaned_data, request.principal.actor, timezone.now()
        said = {"code": clean["code"], "language": clean["language"], "kind": clean["type"]}

        def write() -> Any:
            return import_policy_file(clean["file"].read(), name=clean["file"].name, by=by, at=at, **said)

        done = _tried(
            request, form, write, _("The words stand in the draft. Read them before you submit it.")
        )
        if done is not None:
            if done.unread:
                unread = _("Not read from the front matter: %(names)s.") % {"names": ", ".join(done.unread)}
                messages.warning(request, unread)
            return redirect("policy-version", done.version.policy.code, done.version.number)
    return _page(
        request, form, template="coe/form_page.html", title=_("Import a Markdown file"), submit=_("Import"),
        cancel_url=reverse("policy-list"), crumbs=crumbs_of(),
        intro=_("Front matter may name title, code, language, type, summary and change_note. Nothing is published."),
    )  # fmt: skip


@require_GET
def policy_library(request: HttpRequest) -> HttpResponse:
    """The model texts that ship, and which of them are the company's own already."""
    _writer(request)
    context = {"tabs": tabs(request, "policy-library"), "models": models()}
    return render(request, "governance/policy_library.html", context)


@require_http_methods(["GET", "POST"])
def policy_adopt(request: HttpRequest, kind: str) -> HttpResponse:
    """Read a model text, fill in its blanks, make it a policy; or take its later wording into a draft."""
    _writer(request)
    found = model_of(kind)
    if found is None:
        raise Http404
    words = shipped().placeholders
    form = AdoptForm(request.POST or None, placeholders=[words[name] for name in found.model.placeholders])
    if form.is_bound and form.is_valid():
        by, at = request.principal.actor, timezone.now()

        def write() -> PolicyVersion:
            if found.policy is not None:
                return take_later_wording(found.policy, model=found.model, values=form.values(), by=by, at=at)
            return adopt_model(found.model, values=form.values(), by=by, at=at)

        made = _tried(
            request, form, write, _("The draft is yours. Read it, change it, then submit it for review.")
        )
        if made is not None:
            return redirect("policy-version", made.policy.code, made.number)
    body = found.model.bodies.get(request.LANGUAGE_CODE) or found.model.bodies["en"]
    return _page(
        request, form, template="governance/policy_adopt.html", found=found, body=body,
        crumbs=[*crumbs_of(), (_("Model texts"), reverse("policy-library"))],
    )  # fmt: skip
