"""What people are asked to acknowledge: read, accept, decline or ask for an exception; and what a lead records for somebody."""

from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language, gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from coe.errors import DomainError, Invalid, NotAllowed
from coe.forms.refusals import blame
from coe.models import User
from governance.enums.policies import Answer
from governance.forms.acknowledging import DeclineForm, OnBehalfForm, ShownForm
from governance.models import Policy, PolicyDue, PolicyVersion
from governance.selectors.acknowledgements import (
    answers_of,
    owing,
    people_answered_for,
    people_seen,
    policies_of,
    standing_of,
    text_for,
)
from governance.services.acknowledging import accept_policy, decline_policy, take_back_decline
from governance.views.sections import tabs


@require_GET
def my_policies(request: HttpRequest) -> HttpResponse:
    """What binds me: to be answered first, then what I answered."""
    mine = policies_of(request.user, at=timezone.now())
    context = {
        "tabs": tabs(request, "my-policies"),
        "owed": [one for one in mine if one.is_owed],
        "answered": [one for one in mine if not one.is_owed],
        "late": sum(one.is_overdue for one in mine),
    }
    return render(request, "governance/my_policies.html", context)


def _in_force(code: str) -> PolicyVersion:
    policy = get_object_or_404(Policy.objects.kept(), code=code)
    version = PolicyVersion.objects.in_force().filter(policy=policy).select_related("policy").first()
    if version is None or not policy.is_acknowledged:
        raise Http404
    return version


def _page(request: HttpRequest, version: PolicyVersion, **more: Any) -> HttpResponse:
    text, texts = text_for(version, language=request.GET.get("language", get_language() or "en"))
    if text is None:
        raise Http404
    person = more.get("person") or request.user
    shown = {"version": version.public_id, "language": text.language, "sha256": text.sha256}
    given = standing_of(version, person=person)
    due = owing([person]).filter(version=version).first()
    context = {
        "policy": version.policy, "version": version, "text": text, "texts": texts, "person": person,
        "due": due, "is_overdue": due is not None and due.due_at <= timezone.now(),
        "given": given if given is not None and (due is None or given.answer == Answer.DECLINED) else None,
        "accept_form": ShownForm(initial=shown, auto_id="accept-%s"),
        "decline_form": DeclineForm(initial=shown), "behalf_form": OnBehalfForm(initial=shown),
        "exception_url": _exception_url(version.policy), **more,
    }  # fmt: skip
    is_bound = any(isinstance(form, ShownForm) and form.is_bound for form in more.values())
    template = "governance/acknowledge_for.html" if "person" in more else "governance/acknowledge.html"
    return render(request, template, context, status=422 if is_bound else 200)


def _exception_url(policy: Policy) -> str:
    """Where an exception from the policy is asked for, with the policy filled in."""
    return f"{reverse('exception-new')}?{urlencode({'policy': policy.code})}"


def _named(form: ShownForm, policy: Policy) -> PolicyVersion:
    """The version that was on the screen, be it superseded by now: the service says what to do then."""
    found = PolicyVersion.objects.filter(policy=policy, public_id=form.cleaned_data["version"]).first()
    if found is None:
        raise Invalid.one("version", "not_found", _("Load the page again and read the version in force."))
    return found


@require_http_methods(["GET", "POST"])
def acknowledge(request: HttpRequest, code: str) -> HttpResponse:
    """Read the version in force in my language, and answer it by the button that was pressed."""
    version = _in_force(code)
    if request.method == "GET":
        return _page(request, version)
    by, at, action = request.principal.actor, timezone.now(), request.POST.get("action", "")
    form = DeclineForm(request.POST) if action == "decline" else ShownForm(request.POST)
    name = "decline_form" if action == "decline" else "accept_form"
    if not form.is_valid():
        return _page(request, version, **{name: form})
    try:
        shown, person = form.shown(), request.user
        if action == "accept":
            accept_policy(_named(form, version.policy), person=person, shown=shown, by=by, at=at)
            done = _("Thank you. Your acceptance is recorded.")
        elif action == "decline":
            reason = form.cleaned_data["reason"]
            decline_policy(
                _named(form, version.policy), person=person, shown=shown, reason=reason, by=by, at=at
            )
            done = _("Your answer is recorded. You can take it back here as long as the version is in force.")
        elif action == "take_back":
            declined = standing_of(version, person=person)
            if declined is None:
                raise Invalid.one("action", "nothing_declined", _("You have not declined this version."))
            take_back_decline(declined, by=by, at=at)
            done = _("Taken back. Please answer again.")
        else:
            raise Invalid.one("action", "action_unknown", _("Choose one of the buttons."))
    except DomainError as error:
        blame(form, error)
        return _page(request, version, **{name: form})
    messages.success(request, done)
    return redirect("policy-acknowledge", code) if action == "take_back" else redirect("my-policies")


@require_http_methods(["GET", "POST"])
def acknowledge_for(request: HttpRequest, code: str, public_id: UUID) -> HttpResponse:
    """What somebody answered to a policy, and what they said outside of the hub, recorded with a note."""
    version, at = _in_force(code), timezone.now()
    person: User = get_object_or_404(people_seen(request.principal, at), public_id=public_id)
    may_record = people_answered_for(request.principal, at).filter(pk=person.pk).exists()
    context: dict[str, Any] = {
        "person": person,
        "may_record": may_record,
        "answers": answers_of([person], version=version)[:50],
        "rows": PolicyDue.objects.filter(person=person, policy=version.policy)
        .select_related("version", "line", "campaign")
        .order_by("-from_at", "-id")[:50],
    }
    if request.method == "GET":
        return _page(request, version, **context)
    if not may_record:
        raise NotAllowed(
            _("Answers are recorded by the line lead and the hub, and never for oneself this way.")
        )
    form = OnBehalfForm(request.POST)
    if form.is_valid():
        clean = form.cleaned_data
        values: dict[str, Any] = {
            "person": person, "shown": form.shown(), "note": clean["note"], "by": request.principal.actor, "at": at,
        }  # fmt: skip
        try:
            if clean["answer"] == Answer.ACCEPTED:
                accept_policy(_named(form, version.policy), **values)
            else:
                decline_policy(_named(form, version.policy), reason=clean["reason"], **values)
        except DomainError as error:
            blame(form, error)
        else:
            messages.success(request, _("Recorded; %(name)s is told.") % {"name": person})
            return redirect("policy-acknowledge-for", code, person.public_id)
    return _page(request, version, behalf_form=form, **context)
