"""Certification over the API: what stands and stood, certify, take back, looks at accounts."""

import datetime as dt
from typing import Any
from uuid import UUID

from django.http import Http404
from django.utils.translation import gettext as _
from rest_framework.request import Request
from rest_framework.response import Response

from coe.api.base.bodies import Body, Input
from coe.api.base.concurrency import expected_revision
from coe.api.base.fields import Field, Filter, Resource, account_brief, brief, person_field, plain
from coe.api.base.idempotency import idempotent
from coe.api.base.views import HubView, ListView, Operation
from coe.api.relations import PERSON
from coe.enums.roles import Permission
from coe.errors import Invalid
from coe.models import SocialAccount, User
from governance.enums.certification import CertificationEnd, CheckKind, CheckOutcome, Question
from governance.models import AccountCertification, AccountCheck
from governance.rules.certification import pre_checks, require_certify
from governance.selectors.certification import (
    certifiable_by,
    certifications_visible_to,
    checks_visible_to,
    known_of,
    reopened,
    standing,
)
from governance.services.certification import certify_account, record_check, withdraw_certification


def account_field() -> Field:
    """The account of a record."""
    return brief("account", "AccountBrief", account_brief, ("public_id", "handle", "platform__code"))


CERTIFICATIONS = Resource(
    name="Certification",
    plural="certifications",
    rows=certifications_visible_to,
    line="account__line",
    fields=(
        Field("id", ("public_id",), "uuid"),
        Field("url", ("public_id",), "uri", lambda key: f"/api/v1/certifications/{key}/"),
        Field("web_url", ("account__public_id",), "uri", lambda key: f"/accounts/{key}/certification/"),
        Field("display", ("account__handle", "at"), make=lambda handle, at: f"{handle} · {at:%Y-%m-%d}"),
        account_field(),
        person_field("by"),
        plain("by_name"),
        plain("at", "datetime"),
        plain("next_due_at", "datetime"),
        plain("custody_revision", "integer"),
        plain("answers", "any"),
        plain("checks", "any"),
        plain("note"),
        Field("campaign", ("campaign__public_id",), "uuid", nullable=True),
        plain("ended_at", "datetime", nullable=True),
        plain("ended", choices=CertificationEnd),
        plain("revision", "integer"),
        plain("updated_at", "datetime"),
    ),
    filters=(
        Filter("account", "account__public_id", "uuid"),
        Filter("at", "at", "datetime"),
        Filter("next_due_at", "next_due_at", "datetime"),
        Filter("ended_at", "ended_at", "datetime"),
        Filter("ended", "ended", choices=CertificationEnd),
    ),
    ordering={"at": "at", "next_due_at": "next_due_at"},
    default=("-at", "-pk"),
    description="Who certified which account, and until when. One of an account stands: the one that has not ended.",
)
CHECKS = Resource(
    name="AccountCheck",
    plural="account-checks",
    rows=checks_visible_to,
    line="account__line",
    fields=(
        Field("id", ("public_id",), "uuid"),
        Field("url", ("account__public_id",), "uri", lambda key: f"/api/v1/accounts/{key}/checks/"),
        Field("web_url", ("account__public_id",), "uri", lambda key: f"/accounts/{key}/certification/"),
        Field("display", ("account__handle", "kind"), make=lambda handle, kind: f"{handle} · {kind}"),
        account_field(),
        plain("kind", choices=CheckKind),
        plain("outcome", choices=CheckOutcome),
        plain("checked_on", "date"),
        person_field("checked_by"),
        plain("note"),
        plain("revision", "integer"),
    ),
    filters=(
        Filter("kind", "kind", choices=CheckKind),
        Filter("outcome", "outcome", choices=CheckOutcome),
        Filter("checked_on", "checked_on", "date"),
    ),
    ordering={"checked_on": "checked_on"},
    default=("-checked_on", "-pk"),
    description="Who looked at an account on its platform, when, and what they found.",
)
CERTIFY = (
    Input("answers", "object", required=True, note="Every question of GET, answered true."),
    Input("by_person", relation=PERSON, note="An owner of the account. A token must name one."),
    Input("custody_revision", "integer", note="Of your read; 412 when custody or owners changed since."),
    Input("note"),
)
CHECK = (
    Input("kind", required=True, choices=CheckKind),
    Input("outcome", required=True, choices=CheckOutcome),
    Input("checked_on", "date", note="Today when left out; at most a year ago."),
    Input("by_person", relation=PERSON, note="Who looked. A token must name an owner of the account."),
    Input("note", note="Needed when something is not as recorded."),
)
REASON = (Input("reason", required=True),)
YES = {one.value: True for one in Question}
STANDING = {
    "type": "object",
    "properties": {
        "standing": {"type": "string"},
        "due_at": {"type": ["string", "null"], "format": "date-time"},
        "changed": {"type": "array", "items": {"type": "string"}},
        "custody_revision": {"type": "integer"},
        "revision": {"type": "integer"},
        "may_be_certified": {"type": "boolean"},
        "pre_checks": {"type": "array", "items": {"type": "object"}},
        "questions": {"type": "array", "items": {"type": "object"}},
    },
}


class _AccountView(HubView):
    tag = "certification"

    def account(self, public_id: UUID) -> SocialAccount:
        """An account whose certification the caller sees; 404 otherwise."""
        rows = certifiable_by(self.principal).select_related(
            "platform", "line", "primary_owner", "backup_owner"
        )
        found = rows.filter(public_id=public_id).first()
        if found is None:
            raise Http404
        return found

    def person(self, account: SocialAccount, named: User | None) -> User:
        """Who acts: the caller, or whom they name.

        :raises Invalid: a token names nobody, or somebody who does not own the account.
        """
        found = named or self.principal.user
        if found is None:
            raise Invalid.one("by_person", "required", _("Name the owner of the account who says so."))
        is_own = self.principal.user is not None and found.pk == self.principal.user.pk
        if not is_own and found.pk not in (account.primary_owner_id, account.backup_owner_id):
            raise Invalid.one(
                "by_person", "not_an_owner", _("%(name)s does not own this account.") % {"name": found}
            )
        return found


class CertifyView(_AccountView):
    """What an account's certification needs, and certifying it."""

    permissions = {"GET": Permission.VIEW, "POST": Permission.CERTIFY_ACCOUNT}
    operations = {
        "GET": Operation("What must hold before an account is certified, and the questions", answer=STANDING),
        "POST": Operation(
            "Certify an account", CERTIFY, answer="Certification", status=201, example={"answers": YES}
        ),
    }

    def get(self, request: Request, public_id: UUID) -> Response:
        """How it stands and what is missing."""
        account = self.account(public_id)
        stood = standing([account.pk], at=self.at)[account.pk]
        change = None
        if stood.certified_at and not stood.is_valid:
            change = reopened({account.public_id: stood.certified_at}).get(account.public_id)
        checks = pre_checks(account, known_of(account, at=self.at))
        return Response(
            {
                "standing": stood.standing.value,
                "due_at": stood.due_at,
                "changed": list(change.fields) if change else [],
                "custody_revision": account.custody_revision,
                "revision": account.revision,
                "may_be_certified": account.is_live and not any(one.blocks for one in checks),
                "pre_checks": [
                    {
                        "code": one.code,
                        "message": str(one.sentence),
                        "is_met": one.is_met,
                        "is_waived": one.is_waived,
                        "url": one.url,
                    }
                    for one in checks
                ],
                "questions": [{"code": one.value, "text": str(one.label)} for one in Question],
            }
        )

    @idempotent
    def post(self, request: Request, public_id: UUID) -> Response:
        """Certify; `If-Match` names the revision of the account that was read."""
        account = self.account(public_id)
        require_certify(self.principal, account)
        body = Body(request.data, CERTIFY, self.principal)
        values = body.values
        person = self.person(account, values.pop("by_person", None))
        done = certify_account(
            account,
            person=person,
            **values,
            expected_revision=expected_revision(request),
            by=self.principal.actor,
            at=self.at,
            why=body.why,
        )
        return self.told(CERTIFICATIONS, rows=AccountCertification.objects.all(), status=201, pk=done.pk)


class ChecksView(_AccountView):
    """Looks at one account."""

    resource = CHECKS
    permissions = {"GET": Permission.VIEW, "POST": Permission.CERTIFY_ACCOUNT}
    operations = {
        "GET": Operation("Who looked at an account, and what they found", is_list=True),
        "POST": Operation(
            "Note a look at the account on its platform",
            CHECK,
            status=201,
            example={"kind": "handle", "outcome": "right"},
        ),
    }

    def get(self, request: Request, public_id: UUID) -> Response:
        """A page of looks."""
        account = self.account(public_id)
        return self.listed(CHECKS, keep=lambda rows: rows.filter(account=account))

    @idempotent
    def post(self, request: Request, public_id: UUID) -> Response:
        """Note a look."""
        account = self.account(public_id)
        require_certify(self.principal, account)
        body = Body(request.data, CHECK, self.principal)
        values: dict[str, Any] = body.values
        person = self.person(account, values.pop("by_person", None))
        if "checked_on" in values:
            values["checked_on"] = _day(values["checked_on"])
        row = record_check(
            account, person=person, **values, by=self.principal.actor, at=self.at, why=body.why
        )
        return self.told(CHECKS, rows=AccountCheck.objects.all(), status=201, pk=row.pk)


def _day(text: str) -> dt.date:
    try:
        return dt.date.fromisoformat(text)
    except ValueError as error:
        raise Invalid.one("checked_on", "date_expected", _("Write a day as 2026-01-31.")) from error


class CertificationListView(ListView):
    """Certifications."""

    resource = CERTIFICATIONS
    tag = "certification"
    permissions = {"GET": Permission.VIEW}
    operations = {"GET": Operation("List certifications of accounts", is_list=True)}


class CertificationDetailView(HubView):
    """One certification."""

    resource = CERTIFICATIONS
    tag = "certification"
    permissions = {"GET": Permission.VIEW}
    operations = {"GET": Operation("Read a certification")}

    def get(self, request: Request, public_id: UUID) -> Response:
        """The certification."""
        return self.told(CERTIFICATIONS, public_id=public_id)


class WithdrawView(HubView):
    """Take a certification back."""

    resource = CERTIFICATIONS
    tag = "certification"
    permissions = {"POST": Permission.CERTIFY_ACCOUNT}
    operations = {
        "POST": Operation(
            "Take a certification back, for a reason", REASON, example={"reason": "Certified by mistake"}
        )
    }

    @idempotent
    def post(self, request: Request, public_id: UUID) -> Response:
        """Take it back."""
        row = (
            certifications_visible_to(self.principal)
            .select_related("account")
            .filter(public_id=public_id)
            .first()
        )
        if row is None:
            raise Http404
        require_certify(self.principal, row.account)
        body = Body(request.data, REASON, self.principal)
        withdraw_certification(
            row,
            by=self.principal.actor,
            at=self.at,
            why=body.values["reason"],
            expected_revision=expected_revision(request),
        )
        return self.told(CERTIFICATIONS, rows=AccountCertification.objects.all(), pk=row.pk)
