"""Discovery on the web: the list of findings, one of them with what is done about it, and its evidence."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _, gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from coe.enums.accounts import ENDED_STATES
from coe.enums.roles import Permission
from coe.errors import DomainError, Invalid
from coe.forms.refusals import blame
from coe.forms.tables import Column, Table, export_links
from coe.models import ChangeEvent, SocialAccount
from coe.rules.scope import (
    accounts_in_scope,
    allowed_lines,
    lines_in_scope,
    may,
    people_to_name,
    require,
    require_somewhere,
)
from coe.selectors.told import tell
from governance.enums.discovery import (
    ACTION_STATES,
    FINDING_TONES,
    FINDING_TRANSITIONS,
    KIND_STATES,
    FindingKind,
    FindingState,
)
from governance.forms.discovery import (
    AdoptForm,
    EvidenceForm,
    FindingFilterForm,
    JudgeForm,
    ReportForm,
    TakedownForm,
)
from governance.models import Finding, FindingEvidence
from governance.rules.discovery import require_report
from governance.selectors.discovery import (
    days_to_triage,
    findings_visible_to,
    narrow,
    running_sweeps,
)
from governance.selectors.discovery_files import finding_rows
from governance.services.evidence import add_evidence, path_of
from governance.services.findings import adopt_finding, judge_finding, move_finding, report_finding
from governance.views.files import download

PER_PAGE = 50
TONES = {state.value: tone for state, tone in FINDING_TONES.items()}
COLUMNS = (
    Column("handle", gettext_lazy("Account"), ("handle_key",), fixed=True),
    Column("kind", gettext_lazy("Kind"), ("kind", "handle_key")),
    Column("state", gettext_lazy("State"), ("state", "handle_key")),
    Column("line", gettext_lazy("Line"), ("line__code_key", "handle_key")),
    Column("found", gettext_lazy("Found"), ("found_at", "id")),
    Column("days", gettext_lazy("Days to judge"), num=True),
    Column("assignee", gettext_lazy("Handled by"), ("assignee__name", "handle_key")),
)


def tabs(request: HttpRequest, current: str) -> list[dict[str, Any]]:
    """The sections of discovery."""
    pages = (("finding-list", _("Findings")), ("sweep-list", _("Sweeps")))
    return [{"label": label, "url": reverse(name), "current": name == current} for name, label in pages]


def _narrowed(request: HttpRequest, *, is_shown: bool) -> tuple[FindingFilterForm, QuerySet[Finding]]:
    filters = FindingFilterForm(
        request.GET, lines=lines_in_scope(request.principal).active(), is_shown=is_shown
    )
    rows = narrow(
        findings_visible_to(request.principal), criteria=filters.criteria(), reader_id=request.user.pk
    )
    return filters, rows


def _table(request: HttpRequest) -> Table:
    return Table(
        id="findings",
        label=_("Findings"),
        columns=COLUMNS,
        query=request.GET,
        row_template="governance/finding_row.html",
        default_sort="-found",
        exports=export_links(reverse("finding-export"))
        if request.principal.holds_anywhere(Permission.EXPORT)
        else (),
        empty={
            "icon": "search",
            "title": _("Nothing to act on"),
            "text": _(
                "Accounts that pretend to be us, or are ours without the hub's knowledge, appear here."
            ),
            "actions": [],
        },
    )


@require_GET
def finding_list(request: HttpRequest) -> HttpResponse:
    """What was found outside the register, what it is, and what is done about it."""
    filters, rows = _narrowed(request, is_shown=True)
    table = _table(request)
    rows = rows.select_related("platform", "line", "assignee").order_by(*table.order_by, "id")
    table.page = Paginator(rows, PER_PAGE).get_page(request.GET.get("page"))
    table.total = table.page.paginator.count
    page = list(table.page.object_list)
    days = days_to_triage(page, at=timezone.now())
    for row in page:
        row.tone, row.days = TONES[row.state], days[row.pk]
    table.page.object_list = page
    context = {
        "tabs": tabs(request, "finding-list"),
        "table": table,
        "filters": filters,
        "may_report": request.principal.holds_anywhere(Permission.REPORT_FINDING),
        "may_import": Permission.RUN_DISCOVERY in request.principal.company_permissions,
    }
    return render(request, "governance/finding_list.html", context)


@require_GET
def finding_export(request: HttpRequest) -> StreamingHttpResponse:
    """The findings as they are filtered and sorted."""
    require_somewhere(request.principal, Permission.EXPORT)
    _filters, rows = _narrowed(request, is_shown=False)
    found = finding_rows(rows.order_by(*_table(request).order_by, "id"))
    return download(found, name="findings", form=request.GET.get("format", "csv"))


@require_http_methods(["GET", "POST"])
def finding_report(request: HttpRequest) -> HttpResponse:
    """Report an account by its address; what the register holds already is refused with the way there."""
    principal = request.principal
    require_somewhere(principal, Permission.REPORT_FINDING)
    form = ReportForm(
        request.POST or None,
        lines=allowed_lines(principal, Permission.REPORT_FINDING).filter(status="active"),
        sweeps=running_sweeps(principal),
        initial={"url": request.GET.get("url", ""), "sweep": request.GET.get("sweep", "")},
    )
    known = ""
    if form.is_bound and form.is_valid():
        values = form.values()
        require_report(principal, values["line"].pk if values["line"] else None)
        try:
            finding = report_finding(**values, found_by=request.user, by=principal.actor, at=timezone.now())
        except DomainError as error:
            blame(form, error)
            known = error.extra.get("url", "")
        else:
            messages.success(request, _("Reported. Say what it is, or leave that to the hub."))
            return redirect(finding)
    context = {
        "form": form,
        "known": known,
        "title": _("Report an account"),
        "submit": _("Report the account"),
        "cancel_url": reverse("finding-list"),
        "crumbs": [(_("Discovery"), reverse("finding-list"))],
    }
    return render(request, "governance/finding_report.html", context, status=422 if form.errors else 200)


def _finding(request: HttpRequest, public_id: UUID) -> Finding:
    rows = findings_visible_to(request.principal).select_related(
        "platform", "line", "sweep", "account", "found_by", "assignee", "triaged_by"
    )
    return get_object_or_404(rows, public_id=public_id)


def _detail(request: HttpRequest, finding: Finding, **forms_: Any) -> HttpResponse:
    principal = request.principal
    runs = may(principal, Permission.RUN_DISCOVERY)
    may_add = runs or principal.holds_anywhere(Permission.REPORT_FINDING)
    events = ()
    if principal.sees_all or (finding.line_id and may(principal, Permission.VIEW_HISTORY, finding.line_id)):
        events = ChangeEvent.objects.filter(object_id=finding.public_id).order_by("-id")[:20]
    steps = {action.value for action, state in ACTION_STATES.items() if _follows(finding, state)}
    lines = allowed_lines(principal, Permission.REGISTER_ACCOUNT).filter(status="active")
    context = {
        "finding": finding,
        "tone": TONES[finding.state],
        "days": days_to_triage([finding], at=timezone.now())[finding.pk],
        "evidence": finding.evidence.select_related("added_by"),
        "history": tell(events, (finding.platform, finding.line, finding.account)),
        "runs": runs,
        "steps": steps if runs else set(),
        "judge_form": _judge_form(request, finding) if runs and finding.state != "adopted" else None,
        "takedown_form": TakedownForm(initial={"reference": finding.takedown_reference})
        if runs and "take_down" in steps
        else None,
        "adopt_form": AdoptForm(lines=lines, initial={"line": finding.line.code if finding.line else ""})
        if runs and _follows(finding, FindingState.ADOPTED)
        else None,
        "evidence_form": EvidenceForm() if may_add else None,
        "sees_account": finding.account is not None
        and accounts_in_scope(principal).filter(pk=finding.account_id).exists(),
        "people_known": people_to_name(principal).filter(is_active=True)[:500] if runs else [],
        "reopen": {"action": "reopen"},
        "close": {"action": "close"},
        **forms_,
    }
    is_wrong = any(form.errors for form in forms_.values())
    return render(request, "governance/finding_detail.html", context, status=422 if is_wrong else 200)


def _follows(finding: Finding, state: FindingState) -> bool:
    now = FindingState(finding.state)
    fits = state in KIND_STATES[FindingKind(finding.kind)]
    return fits and (state in FINDING_TRANSITIONS[now] or (state == now == FindingState.TAKEDOWN))


def _judge_form(request: HttpRequest, finding: Finding, data: Any = None) -> JudgeForm:
    initial = {
        "kind": finding.kind,
        "judgement": finding.judgement,
        "line": finding.line.code if finding.line else "",
        "assignee": finding.assignee.email if finding.assignee else "",
        "revision": finding.revision,
    }
    return JudgeForm(
        data,
        lines=lines_in_scope(request.principal).active(),
        people=people_to_name(request.principal),
        initial=initial,
    )


@require_GET
def finding_detail(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """One finding: what was seen, what it is, what proves it, what was done."""
    return _detail(request, _finding(request, public_id))


@require_POST
def finding_judge(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Say what it is."""
    finding = _finding(request, public_id)
    require(request.principal, Permission.RUN_DISCOVERY)
    form = _judge_form(request, finding, request.POST)
    if form.is_valid():
        values = dict(form.cleaned_data)
        try:
            judge_finding(
                finding,
                expected_revision=values.pop("revision"),
                **values,
                person=request.user,
                by=request.principal.actor,
                at=timezone.now(),
            )
        except DomainError as error:
            blame(form, error)
        else:
            messages.success(request, _("Judged."))
            return redirect(finding)
    return _detail(request, finding, judge_form=form)


@require_POST
def finding_act(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Ask for take-down, note it, close, open again."""
    finding = _finding(request, public_id)
    require(request.principal, Permission.RUN_DISCOVERY)
    form = TakedownForm(request.POST)
    if not form.is_valid():
        return _detail(request, finding, takedown_form=form)
    try:
        moved = move_finding(
            finding,
            action=request.POST.get("action", ""),
            reference=form.cleaned_data["reference"],
            ask_again_at=form.ask_again_at(),
            by=request.principal.actor,
            at=timezone.now(),
            why=request.POST.get("reason", "")[:500],
        )
    except DomainError as error:
        messages.error(request, error.message)
    else:
        messages.success(
            request,
            _("%(name)s is now: %(state)s.") % {"name": moved, "state": moved.get_state_display()},
        )
    return redirect(finding)


@require_POST
def finding_adopt(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Take it into the register."""
    finding = _finding(request, public_id)
    principal = request.principal
    require(principal, Permission.RUN_DISCOVERY)
    form = AdoptForm(
        request.POST,
        lines=allowed_lines(principal, Permission.REGISTER_ACCOUNT).filter(status="active"),
    )
    if form.is_valid():
        try:
            done = adopt_finding(
                finding,
                line=form.cleaned_data["line"],
                account=_named(request, finding, form.cleaned_data["account"]),
                by=principal.actor,
                at=timezone.now(),
            )
        except DomainError as error:
            blame(form, error)
        else:
            messages.success(request, _("It is in the register now."))
            return redirect(done.account)
    return _detail(request, finding, adopt_form=form)


def _named(request: HttpRequest, finding: Finding, handle: str) -> SocialAccount | None:
    """The account of the register that a handle means on the finding's platform.

    :raises Invalid: there is none in the reader's scope.
    """
    key = handle.strip().lstrip("@").casefold()
    if not key:
        return None
    rows = accounts_in_scope(request.principal).filter(platform=finding.platform_id, handle_key=key)
    found: SocialAccount | None = rows.exclude(state__in=ENDED_STATES).first()
    if found is None:
        raise Invalid.one(
            "account",
            "not_found",
            _("No account of the register has this handle on %(platform)s.") % {"platform": finding.platform},
        )
    return found


@require_POST
def finding_evidence(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Add a file, a link or a note."""
    finding = _finding(request, public_id)
    require_somewhere(request.principal, Permission.REPORT_FINDING)
    form = EvidenceForm(request.POST, request.FILES)
    if form.is_valid():
        file = form.cleaned_data["file"]
        try:
            add_evidence(
                finding,
                text=form.cleaned_data["text"],
                url=form.cleaned_data["url"],
                file=file,
                file_name=file.name if file else "",
                person=request.user,
                by=request.principal.actor,
                at=timezone.now(),
            )
        except DomainError as error:
            blame(form, error)
        else:
            messages.success(request, _("The evidence is kept."))
            return redirect(finding)
    return _detail(request, finding, evidence_form=form)


@require_GET
def evidence_file(request: HttpRequest, public_id: UUID, evidence_id: UUID) -> HttpResponse:
    """A file of evidence, to be saved and never to be run: it is sent as an attachment."""
    finding = _finding(request, public_id)
    row = get_object_or_404(FindingEvidence, finding=finding, public_id=evidence_id, kind="file")
    path = path_of(row)
    if not path.is_file():
        raise Http404
    # Evidence is small by rule (see `MOST_BYTES`), so it is read whole.
    answer = HttpResponse(path.read_bytes(), content_type=row.file_type)
    answer["Content-Disposition"] = content_disposition_header(True, row.file_name)
    answer["X-Content-Type-Options"] = "nosniff"
    answer["Cache-Control"] = "private, no-store"
    return answer
