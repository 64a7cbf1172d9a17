"""Accounts: the register, one account or many at once, and the moves of its life."""

from typing import Any
from uuid import UUID

from django.db.models import Q
from django.http import Http404
from django.utils.translation import gettext as _
from rest_framework.request import Request
from rest_framework.response import Response

from coe import handles
from coe.api.account_lists import co_owners, tags
from coe.api.base.bodies import Body, Input, all_at_once, check_length, look_up
from coe.api.base.bulk import ID, REVISION, ManyView
from coe.api.base.concurrency import expected_revision
from coe.api.base.fields import (
    Field,
    Filter,
    Resource,
    brief,
    line_field,
    person_field,
    plain,
    platform_brief,
)
from coe.api.base.idempotency import idempotent
from coe.api.base.views import HubView, Operation
from coe.api.relations import ACCOUNT_TAG, ANYBODY, LINE, PERSON, PLATFORM
from coe.enums import accounts as enums
from coe.enums.accounts import HUB_ACTIONS, AccountAction, AccountKind, AccountState, AccountTier, MfaState
from coe.enums.roles import Permission
from coe.errors import Invalid, NotAllowed
from coe.models import BusinessLine, Platform, SocialAccount
from coe.rules.scope import accounts_in_scope, allowed_lines, lines_in_scope, require
from coe.services import accounts as services
from coe.services.platforms import catalogue

_BUSINESS = (
    plain("display_name"), plain("kind", choices=AccountKind), plain("tier", "integer", choices=AccountTier), plain("purpose"),
    plain("audience"), plain("languages", "strings"), plain("notes"), plain("platform_account_id"),
)  # fmt: skip
_CUSTODY = (
    plain("publish_method", choices=enums.PublishMethod), plain("custody_kind", choices=enums.CustodyKind), plain("vault_reference"),
    plain("recovery_email"), plain("recovery_kind", choices=enums.RecoveryKind), plain("mfa_state", choices=MfaState),
    plain("mfa_method", choices=enums.MfaMethod), plain("mfa_verified_on", "date", nullable=True),
    plain("app_review_on", "date", nullable=True),
)  # fmt: skip
_COMPLIANCE = (
    plain("allows_comments", "boolean"), plain("comment_policy_url"), plain("retention_class"), plain("archive_method"),
    plain("is_regulated", "boolean"), plain("is_service", "boolean"),
)  # fmt: skip
_ACTIVITY = (
    plain("last_post_at", "datetime", nullable=True), plain("planned_cadence_days", "integer", nullable=True),
    plain("dormancy_limit_days", "integer", nullable=True), plain("dormant_decision", choices=enums.DormantDecision),
    plain("dormant_decision_on", "date", nullable=True), plain("opened_on", "date", nullable=True),
)  # fmt: skip
_WRITABLE = (*_BUSINESS, *_CUSTODY, *_COMPLIANCE, *_ACTIVITY)

ACCOUNTS = Resource(
    name="Account",
    plural="accounts",
    rows=accounts_in_scope,
    line="line",
    fields=(
        Field("id", ("public_id",), "uuid"),
        Field("url", ("public_id",), "uri", lambda key: f"/api/v1/accounts/{key}/"),
        Field("web_url", ("public_id",), "uri", lambda key: f"/accounts/{key}/"),
        Field("display", ("display_name", "handle"), make=lambda name, handle: name or handle),
        brief("platform", "PlatformBrief", platform_brief, ("public_id", "code", "name")),
        plain("handle"),
        Field("profile_url", ("url",), note="The account's address on its platform."),
        plain("state", choices=AccountState),
        plain("state_since", "datetime"),
        line_field(),
        person_field("primary_owner"),
        person_field("backup_owner"),
        person_field("emergency_contact"),
        *_WRITABLE,
        Field("tags", (), "strings", collect=tags),
        plain("custody_revision", "integer"),
        plain("revision", "integer"),
        plain("created_at", "datetime"),
        plain("updated_at", "datetime"),
    ),
    filters=(
        Filter("id", "public_id", "uuid"),
        Filter("platform", "platform__code", relation=PLATFORM),
        Filter("handle", "handle_key", fold=lambda text: text.strip().lstrip("@").casefold()),
        Filter("state", "state", choices=AccountState),
        Filter("kind", "kind", choices=AccountKind),
        Filter("tier", "tier", "integer"),
        Filter("primary_owner", "primary_owner__email", fold=str.lower, relation=ANYBODY),
        Filter("backup_owner", "backup_owner__email", fold=str.lower, relation=ANYBODY),
        Filter("mfa_state", "mfa_state", choices=MfaState),
        Filter("publish_method", "publish_method", choices=enums.PublishMethod),
        Filter("platform_account_id", "platform_account_id"),
        Filter("is_regulated", "is_regulated", "boolean"),
        Filter("is_service", "is_service", "boolean"),
        Filter("tag", "tags__key", fold=str.casefold, relation=ACCOUNT_TAG),
        Filter("last_post_at", "last_post_at", "datetime"),
        Filter("created_at", "created_at", "datetime"),
        Filter("updated_at", "updated_at", "datetime"),
    ),
    ordering={
        "handle": "handle_key",
        "platform": "platform__name",
        "line": "line__code_key",
        "state": "state",
        "tier": "tier",
        "last_post_at": "last_post_at",
        "created_at": "created_at",
        "updated_at": "updated_at",
    },
    default=("handle_key",),
    search=lambda words: (
        Q(handle_key__contains=words.casefold().lstrip("@"))
        | Q(display_name__icontains=words)
        | Q(url__icontains=words)
    ),
    description="Accounts of your lines, and those your lines co-own (read only). All states, unless you filter.",
    is_prepared=True,
)
# One account also tells who shares it; a list does without that question.
ACCOUNT = Resource(
    **{
        **ACCOUNTS.__dict__,
        "name": "AccountDetail",
        "fields": (*ACCOUNTS.fields, Field("co_owners", (), "array", collect=co_owners)),
    }
)
_PEOPLE = tuple(
    Input(name, relation=PERSON, nullable=True)
    for name in ("primary_owner", "backup_owner", "emergency_contact")
)
_VALUES = (
    *(Input(f.name, f.kind, choices=f.choices, nullable=f.nullable) for f in _WRITABLE),
    Input("tags", "strings"),
    *_PEOPLE,
)
CREATE = (
    Input("line", relation=LINE, required=True),
    Input("platform", relation=PLATFORM, note="May be left out when profile_url tells it."),
    Input("handle"),
    Input("profile_url", target="url"),
    *_VALUES,
)
EDIT = (Input("line", relation=LINE), Input("profile_url", target="url"), *_VALUES)
TRANSITION = (Input("action", choices=AccountAction, required=True),)
RENAME = (Input("handle"), Input("profile_url", target="url"))


class AccountListView(ManyView):
    """The register."""

    resource = ACCOUNTS
    tag = "accounts"
    permissions = {
        "GET": Permission.VIEW,
        "POST": Permission.REGISTER_ACCOUNT,
        "PUT": Permission.REGISTER_ACCOUNT,
        "PATCH": Permission.EDIT_ACCOUNT,
        "DELETE": Permission.EDIT_ACCOUNT,
    }
    operations = {
        "GET": Operation("List accounts", is_list=True),
        "POST": Operation(
            "Register one account, or several, all or nothing", CREATE, status=201, takes_array=True
        ),
        "PUT": Operation(
            "Register accounts, or edit those whose platform and handle are in the register; all or nothing",
            CREATE,
            takes_array=True,
        ),
        "PATCH": Operation(
            "Edit several accounts, all or nothing; each names its id",
            (ID, REVISION, *EDIT),
            takes_array=True,
        ),
        "DELETE": Operation("Archive several closing accounts, all or nothing", takes_array=True),
    }

    def get(self, request: Request) -> Response:
        """A page of the register."""
        return self.listed(ACCOUNTS)

    @idempotent
    def post(self, request: Request) -> Response:
        """Register accounts; the hub's approval follows. An array costs as many statements as one account."""
        items = request.data if isinstance(request.data, list) else [request.data]
        check_length(items)
        memo = look_up(items, CREATE, self.principal)
        lines = {row.pk for (schema, *_name), row in memo.items() if schema == LINE.schema and row}
        open_lines = allowed_lines(self.principal, Permission.REGISTER_ACCOUNT).filter(pk__in=lines)
        memo["open"] = set(open_lines.values_list("pk", flat=True))

        def read(data: Any) -> dict[str, Any]:
            body = Body(data, CREATE, self.principal, memo=memo)
            if body.values["line"].pk not in memo["open"]:
                raise NotAllowed()
            if "platform" not in body.values:
                body.values["platform"] = self._platform(body.values.get("url", ""), memo)
            return {**body.values, "why": body.why}

        def write(wanted: list[dict[str, Any]]) -> list[SocialAccount]:
            return services.register_accounts(wanted, by=self.principal.actor, at=self.at)

        rows = SocialAccount.objects.all()
        if isinstance(request.data, list):
            done = all_at_once(request.data, read, write)
            return self.told_many(ACCOUNTS, [one.pk for one in done], rows=rows, status=201)
        made = services.create_account(**read(request.data), by=self.principal.actor, at=self.at)
        return self.told(ACCOUNTS, rows=rows, status=201, pk=made.pk)

    def _platform(self, url: str, memo: dict[Any, Any]) -> Platform:
        if "catalogue" not in memo:
            memo["catalogue"] = catalogue()
            memo["platforms"] = {row.code: row for row in Platform.objects.all()}
        found = handles.parse_url(url, memo["catalogue"]) if url else None
        platform = memo["platforms"].get(found.platform) if found else None
        if platform is None:
            raise Invalid.one(
                "platform", "platform_unknown", _("Name the platform; the address does not tell it.")
            )
        return platform

    def put(self, request: Request) -> Response:
        """Register accounts, or edit those that the register has."""
        memo: dict[Any, Any] = {}

        def put(body: Body, revision: int | None) -> tuple[SocialAccount, bool]:
            if "platform" not in body.values:
                body.values["platform"] = self._platform(body.values.get("url", ""), memo)
            found = self._registered(body.values, memo)
            if found is not None:
                for name in ("platform", "handle", "url"):
                    body.values.pop(name, None)
                return self.edit(found, body, revision), False
            require(self.principal, Permission.REGISTER_ACCOUNT, body.values["line"].pk)
            made = services.create_account(**body.values, by=self.principal.actor, at=self.at, why=body.why)
            return made, True

        return self.put_each(ACCOUNTS, put, rows=SocialAccount.objects.all(), inputs=CREATE)

    def _registered(self, values: dict[str, Any], memo: dict[Any, Any]) -> SocialAccount | None:
        """The account in scope that platform and handle (or address) name; co-owners read it, so the rights are asked later."""
        if "catalogue" not in memo:
            memo["catalogue"] = catalogue()
        platform: Platform = values["platform"]
        entry, handle = memo["catalogue"].by_code.get(platform.code), values.get("handle", "")
        key = handles.normalise_handle(entry, handle) if entry and handle else ""
        if not key and values.get("url"):
            read = handles.parse_url(values["url"], memo["catalogue"])
            key = read.normalised if read and read.platform == platform.code else ""
        if not key:
            return None
        own = accounts_in_scope(self.principal).filter(platform=platform, handle_key=key)
        return own.exclude(state__in=enums.ENDED_STATES).select_related("platform", "line").first()

    def patch(self, request: Request) -> Response:
        """Edit accounts by id."""
        return self.edit_each(ACCOUNTS, self.edit, rows=accounts_in_scope(self.principal), inputs=EDIT)

    def delete(self, request: Request) -> Response:
        """Archive accounts. One that is still in use is closed first: see its transitions."""

        def remove(account: SocialAccount, why: str, revision: int | None) -> SocialAccount:
            require(self.principal, Permission.EDIT_ACCOUNT, account.line_id)
            return services.transition(
                account,
                action=AccountAction.ARCHIVE,
                by=self.principal.actor,
                at=self.at,
                why=why,
                expected_revision=revision,
            )

        rows = accounts_in_scope(self.principal).select_related("platform", "line")
        return self.remove_each(remove, rows=rows, resource=ACCOUNTS)

    def edit(self, account: SocialAccount, body: Body, revision: int | None) -> SocialAccount:
        """Edit one account, on the line it has and on the line it goes to."""
        require(self.principal, Permission.EDIT_ACCOUNT, account.line_id)
        if "line" in body.values:
            require(self.principal, Permission.EDIT_ACCOUNT, body.values["line"].pk)
        return services.edit_account(
            account,
            changes=body.values,
            by=self.principal.actor,
            at=self.at,
            why=body.why,
            expected_revision=revision,
        )


class _OneAccount(HubView):
    resource = ACCOUNT
    tag = "accounts"

    def account(self, public_id: UUID) -> SocialAccount:
        """The account in the caller's scope; 404 otherwise."""
        found = (
            accounts_in_scope(self.principal)
            .select_related("platform", "line")
            .filter(public_id=public_id)
            .first()
        )
        if found is None:
            raise Http404
        return found

    def shown(self, account: SocialAccount) -> Response:
        """The account as it is after a write."""
        return self.told(ACCOUNT, rows=SocialAccount.objects.all(), pk=account.pk)


class AccountDetailView(_OneAccount):
    """One account."""

    permissions = {"GET": Permission.VIEW, "PATCH": Permission.EDIT_ACCOUNT}
    operations = {
        "GET": Operation("Read an account"),
        "PATCH": Operation("Edit an account; line moves it", EDIT),
    }

    def get(self, request: Request, public_id: UUID) -> Response:
        """The account."""
        return self.told(ACCOUNT, public_id=public_id)

    def patch(self, request: Request, public_id: UUID) -> Response:
        """Change fields; the handle and the state have doors of their own."""
        account = self.account(public_id)
        require(self.principal, Permission.EDIT_ACCOUNT, account.line_id)
        body = Body(request.data, EDIT, self.principal, partial=True)
        if "line" in body.values:
            require(self.principal, Permission.EDIT_ACCOUNT, body.values["line"].pk)
        edited = services.edit_account(
            account,
            changes=body.values,
            by=self.principal.actor,
            at=self.at,
            why=body.why,
            expected_revision=expected_revision(request),
        )
        return self.shown(edited)


class AccountTransitionView(_OneAccount):
    """The moves of an account's life."""

    permissions = {"POST": Permission.EDIT_ACCOUNT}
    operations = {"POST": Operation("Move an account to another state", TRANSITION)}

    @idempotent
    def post(self, request: Request, public_id: UUID) -> Response:
        """Approve, activate, suspend, close …; approval and suspension are the hub's."""
        account = self.account(public_id)
        body = Body(request.data, TRANSITION, self.principal)
        action = AccountAction(body.values["action"])
        require(
            self.principal,
            Permission.APPROVE_ACCOUNT if action in HUB_ACTIONS else Permission.EDIT_ACCOUNT,
            account.line_id,
        )
        moved = services.transition(
            account,
            action=action,
            by=self.principal.actor,
            at=self.at,
            why=body.why,
            expected_revision=expected_revision(request),
        )
        return self.shown(moved)


class AccountHandleView(_OneAccount):
    """Renaming."""

    permissions = {"POST": Permission.EDIT_ACCOUNT}
    operations = {"POST": Operation("Give an account a new handle; the old one stays in its history", RENAME)}

    @idempotent
    def post(self, request: Request, public_id: UUID) -> Response:
        """Rename it."""
        account = self.account(public_id)
        require(self.principal, Permission.EDIT_ACCOUNT, account.line_id)
        body = Body(request.data, RENAME, self.principal)
        renamed = services.rename_handle(
            account,
            **body.values,
            by=self.principal.actor,
            at=self.at,
            why=body.why,
            expected_revision=expected_revision(request),
        )
        return self.shown(renamed)


class AccountCoOwnersView(_OneAccount):
    """Which lines share an account. Co-owners outside the caller's scope stay as they are."""

    permissions = {"PUT": Permission.EDIT_ACCOUNT}
    operations = {
        "PUT": Operation(
            "Say which lines share an account",
            (Input("lines", "strings", required=True, note="Codes of lines."),),
        )
    }

    def put(self, request: Request, public_id: UUID) -> Response:
        """Make exactly these lines of the caller's scope co-owners."""
        account = self.account(public_id)
        require(self.principal, Permission.EDIT_ACCOUNT, account.line_id)
        body = Body(request.data, self.operations["PUT"].inputs, self.principal)
        keys = {LINE.fold(code): code for code in body.values["lines"]}
        lines = list(lines_in_scope(self.principal).filter(code_key__in=keys))
        if missing := set(keys) - {line.code_key for line in lines}:
            raise Invalid.one(
                "lines",
                "not_found",
                _("“%(text)s” does not exist in your scope.") % {"text": keys[min(missing)][:80]},
            )
        unseen = BusinessLine.objects.filter(co_ownerships__account=account).exclude(
            pk__in=lines_in_scope(self.principal).values("pk")
        )
        shared = services.set_co_owners(
            account,
            lines=[*lines, *unseen],
            by=self.principal.actor,
            at=self.at,
            why=body.why,
            expected_revision=expected_revision(request),
        )
        return self.shown(shared)
