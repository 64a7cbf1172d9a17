"""Roles are data: a name, a sentence for people, and a set of permissions. One page shows the whole table."""

from collections.abc import Mapping
from dataclasses import dataclass

from django.db.models import TextChoices
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


class Permission(TextChoices):
    """The verbs of the product. A door that names none is closed (see tests/house)."""

    VIEW = "view", _("see records in scope")
    VIEW_HISTORY = "view_history", _("see the change history in scope")
    EXPORT = "export", _("export records in scope")
    MANAGE_LINES = "manage_lines", _("create, edit, move and archive lines")
    EDIT_LINE = "edit_line", _("edit the description of a line")
    MANAGE_PEOPLE = "manage_people", _("create and edit people")
    ASSIGN_ROLES = "assign_roles", _("give and end roles")
    MANAGE_PLATFORMS = "manage_platforms", _("edit the platform catalogue and decisions")
    REGISTER_ACCOUNT = "register_account", _("register accounts")
    EDIT_ACCOUNT = "edit_account", _("edit accounts")
    APPROVE_ACCOUNT = "approve_account", _("approve, reject and suspend accounts")
    IMPORT = "import", _("import files")
    SUBMIT_METRICS = "submit_metrics", _("submit observations")
    MANAGE_METRICS = "manage_metrics", _("edit the metric dictionary")
    SET_TARGETS = "set_targets", _("set targets")
    MANAGE_RUBRIC = "manage_rubric", _("load, publish and compare rubrics")
    RUN_MATURITY = "run_maturity", _("start a maturity run")
    MANAGE_TRAINING = "manage_training", _("write courses, curricula and sessions")
    RECORD_TRAINING = "record_training", _("enrol people and record what they completed")
    MANAGE_POLICIES = "manage_policies", _("write, publish and archive policies")
    RECORD_ACKNOWLEDGEMENT = "record_acknowledgement", _("record acknowledgements on behalf of people")
    REQUEST_EXCEPTION = "request_exception", _("ask for exceptions for a line")
    DECIDE_EXCEPTION = "decide_exception", _("decide exceptions")
    GRANT_ACCESS = "grant_access", _("give and revoke access to accounts")
    CERTIFY_ACCOUNT = "certify_account", _("certify accounts")
    REPORT_FINDING = "report_finding", _("report accounts that are not in the register")
    RUN_DISCOVERY = "run_discovery", _("run sweeps and judge findings")
    MANAGE_TOKENS = "manage_tokens", _("make and revoke service tokens")
    COMMENT = "comment", _("write in the journal")
    ADMINISTER = "administer", _("change the organisation's settings and use the admin")


class Role(TextChoices):
    """Hub roles (whole company), function seats (whole company, no rights of their own), line roles (a line and all below it)."""

    HUB_LEAD = "hub_lead", _("Hub lead")
    HUB_MEMBER = "hub_member", _("Hub member")
    AUDITOR = "auditor", _("Auditor")
    ADMINISTRATOR = "administrator", _("Administrator")
    COUNCIL_MEMBER = "council_member", _("Round table member")
    EXECUTIVE_SPONSOR = "executive_sponsor", _("Executive sponsor")
    CORPORATE_COMMUNICATIONS = "corporate_communications", _("Corporate communications")
    LEGAL = "legal", _("Legal")
    SECURITY = "security", _("Security")
    SPOKESPERSON = "spokesperson", _("Spokesperson")
    ESCALATION_APPROVER = "escalation_approver", _("Escalation approver")
    LINE_LEAD = "line_lead", _("Line lead")
    DEPUTY = "deputy", _("Deputy")
    ACCOUNT_MANAGER = "account_manager", _("Account manager")
    COMMUNITY_MANAGER = "community_manager", _("Community manager")
    CONTRIBUTOR = "contributor", _("Contributor")
    VIEWER = "viewer", _("Viewer")


class RoleKind(TextChoices):
    """What a role is held on."""

    HUB = "hub", _("Hub")
    FUNCTION = "function", _("Function seat")
    LINE = "line", _("Line")


@dataclass(frozen=True)
class RoleSpec:
    """What a role means and may do; `sees_all` opens every line for reading."""

    kind: RoleKind
    sentence: str | Promise
    permissions: frozenset[Permission]
    sees_all: bool = False


_P = Permission
_READ = frozenset({_P.VIEW, _P.EXPORT})
_READ_HISTORY = _READ | {_P.VIEW_HISTORY}
_ACCOUNT_WORK = frozenset(
    {
        _P.REGISTER_ACCOUNT, _P.EDIT_ACCOUNT, _P.SUBMIT_METRICS, _P.COMMENT, _P.REQUEST_EXCEPTION, _P.CERTIFY_ACCOUNT,
        _P.REPORT_FINDING,
    }
)  # fmt: skip
_LINE_LEAD = (
    _READ_HISTORY
    | _ACCOUNT_WORK
    | {
        _P.EDIT_LINE, _P.ASSIGN_ROLES, _P.IMPORT, _P.MANAGE_TOKENS, _P.SET_TARGETS, _P.RECORD_TRAINING, _P.GRANT_ACCESS,
        _P.RECORD_ACKNOWLEDGEMENT,
    }
)  # fmt: skip
_HUB = _LINE_LEAD | {
    _P.MANAGE_LINES, _P.MANAGE_PEOPLE, _P.MANAGE_PLATFORMS, _P.APPROVE_ACCOUNT, _P.MANAGE_METRICS, _P.RUN_MATURITY,
    _P.MANAGE_TRAINING, _P.MANAGE_POLICIES, _P.DECIDE_EXCEPTION, _P.RUN_DISCOVERY,
}  # fmt: skip

ROLES: Mapping[Role, RoleSpec] = {
    Role.HUB_LEAD: RoleSpec(RoleKind.HUB, _("Leads the hub: everything but the technical settings."), _HUB | {_P.MANAGE_RUBRIC}, True),
    Role.HUB_MEMBER: RoleSpec(RoleKind.HUB, _("Works in the hub: helps every line, keeps register and metrics."), _HUB, True),
    Role.AUDITOR: RoleSpec(RoleKind.HUB, _("Reads everything, writes nothing."), _READ_HISTORY, True),
    Role.ADMINISTRATOR: RoleSpec(RoleKind.HUB, _("Configures the hub and manages people and roles."), frozenset(_P), True),
    Role.COUNCIL_MEMBER: RoleSpec(
        RoleKind.HUB, _("Sits at the round table: sees programme totals, and lines only through other roles."), frozenset({_P.VIEW})
    ),
    Role.EXECUTIVE_SPONSOR: RoleSpec(RoleKind.FUNCTION, _("Sponsors the programme."), frozenset({_P.VIEW})),
    Role.CORPORATE_COMMUNICATIONS: RoleSpec(RoleKind.FUNCTION, _("Owns what the company says in public."), frozenset({_P.VIEW})),
    Role.LEGAL: RoleSpec(RoleKind.FUNCTION, _("Advises on law."), frozenset({_P.VIEW})),
    Role.SECURITY: RoleSpec(RoleKind.FUNCTION, _("Advises on security."), frozenset({_P.VIEW})),
    Role.SPOKESPERSON: RoleSpec(RoleKind.FUNCTION, _("Speaks for the company."), frozenset({_P.VIEW})),
    Role.ESCALATION_APPROVER: RoleSpec(RoleKind.FUNCTION, _("Approves public words in an escalation."), frozenset({_P.VIEW})),
    Role.LINE_LEAD: RoleSpec(RoleKind.LINE, _("Owns the line's social programme."), _LINE_LEAD),
    Role.DEPUTY: RoleSpec(RoleKind.LINE, _("Stands in for the line lead."), _LINE_LEAD),
    Role.ACCOUNT_MANAGER: RoleSpec(RoleKind.LINE, _("Runs accounts of the line."), _READ_HISTORY | _ACCOUNT_WORK | {_P.IMPORT}),
    Role.COMMUNITY_MANAGER: RoleSpec(
        RoleKind.LINE, _("Talks with the community and reports metrics."), _READ | {_P.SUBMIT_METRICS, _P.COMMENT}
    ),
    Role.CONTRIBUTOR: RoleSpec(RoleKind.LINE, _("Contributes content."), _READ | {_P.COMMENT}),
    Role.VIEWER: RoleSpec(RoleKind.LINE, _("Reads the line's records."), _READ),
}  # fmt: skip

LINE_ROLES = tuple(role for role, spec in ROLES.items() if spec.kind == RoleKind.LINE)
HUB_ROLES = tuple(role for role, spec in ROLES.items() if spec.kind == RoleKind.HUB)
FUNCTION_ROLES = tuple(role for role, spec in ROLES.items() if spec.kind == RoleKind.FUNCTION)


class TokenScope(TextChoices):
    """What a service token may do on its line and the lines below it."""

    READ = "read", _("read")
    METRICS_WRITE = "metrics:write", _("push metrics")
    ACCOUNTS_WRITE = "accounts:write", _("register and edit accounts")
    INCIDENTS_WRITE = "incidents:write", _("raise incidents")
    TRAINING_WRITE = "training:write", _("push training completions")


TOKEN_PERMISSIONS: Mapping[TokenScope, frozenset[Permission]] = {
    TokenScope.READ: _READ_HISTORY,
    TokenScope.METRICS_WRITE: frozenset({_P.SUBMIT_METRICS}),
    TokenScope.ACCOUNTS_WRITE: frozenset(
        {_P.REGISTER_ACCOUNT, _P.EDIT_ACCOUNT, _P.CERTIFY_ACCOUNT, _P.REPORT_FINDING}
    ),
    TokenScope.INCIDENTS_WRITE: frozenset(),
    TokenScope.TRAINING_WRITE: frozenset({_P.RECORD_TRAINING}),
}
# A scope with no door behind it yet is not offered when a token is made.
OFFERED_SCOPES = (
    TokenScope.READ, TokenScope.METRICS_WRITE, TokenScope.ACCOUNTS_WRITE, TokenScope.TRAINING_WRITE,
)  # fmt: skip
