"""The statement resource of an xAPI learning record store: what a learning system sends, and reads back.

Versions 1.0.3 and 2.0.0. State, profiles, and files sent with a statement are not kept here; whoever sends one is told so.
"""

import base64
import binascii
import json
import uuid
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.db.models import Q, QuerySet
from django.http import Http404
from django.utils.http import http_date
from django.utils.translation import gettext as _
from django.utils.translation.trans_real import parse_accept_lang_header
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from coe.api.base.authentication import TokenAuthentication
from coe.api.base.parsers import TooLarge
from coe.api.base.views import HubView
from coe.enums.roles import Permission
from coe.errors import Problem
from coe.rules.scope import require
from training.errors import StatementRefused
from training.models import Statement
from training.selectors.statements import about_activity, about_agent, statements_in_scope
from training.services.statements import take_statements
from training.xapi import (
    ActorKey,
    Format,
    StatementInvalid,
    Version,
    identifier,
    instant,
    part_problems,
    read_json,
    statement_problems,
    told,
)

HEADER = "X-Experience-API-Version"
MOST_STATEMENTS = 1_000
PAGE, LARGEST_PAGE = 100, 500
_SINGLE = ("statementId", "voidedStatementId")
_FILTERS = (
    "agent", "related_agents", "verb", "activity", "related_activities", "registration", "since", "until", "limit", "ascending",
    "cursor",
)  # fmt: skip
# Whoever began to send before this long ago has been stored or refused: an array of a thousand takes less.
SETTLED = timedelta(seconds=5)


def refused(field: str, code: str, message: str, row: int | None = None) -> StatementRefused:
    """A 400 about one place."""
    return StatementRefused(message, problems=(Problem(field, code, message, row=row),))


class LearningSystemAuthentication(TokenAuthentication):
    """A token as bearer, or as the password of Basic authentication: learning systems ask for a key and a secret."""

    def secret_of(self, words: list[bytes]) -> str:
        """The secret behind either form of the header."""
        if words[0].lower() != b"basic":
            return super().secret_of(words)
        try:
            _key, colon, secret = base64.b64decode(words[1], validate=True).decode("latin-1").partition(":")
        except (IndexError, binascii.Error):
            colon, secret = "", ""
        if not colon:
            raise AuthenticationFailed(_("Send any key, and the hub’s token as its secret."))
        return secret

    def authenticate_header(self, request: Request) -> str:
        """What a 401 asks for."""
        return 'Basic realm="coe-hub", Bearer realm="coe-hub"'


class JsonOnly(DefaultContentNegotiation):
    """Always JSON: `format` is a parameter of xAPI here, not a wish for another renderer."""

    def select_renderer(self, request: Request, renderers: Any, format_suffix: Any = None) -> tuple[Any, str]:
        """The first renderer there is."""
        return renderers[0], renderers[0].media_type


class AboutView(APIView):
    """Which versions are spoken here; open, as the specification wants it."""

    authentication_classes: list[Any] = []
    permission_classes = [AllowAny]
    throttle_classes: list[Any] = []

    def get(self, request: Request) -> Response:
        """The versions."""
        return Response(
            {"version": [version.value for version in Version]}, headers={HEADER: Version.TWO.value}
        )


class StatementsView(HubView):
    """`/xapi/statements`: POST one or many, PUT one, GET one or a page."""

    authentication_classes = [LearningSystemAuthentication]
    content_negotiation_class = JsonOnly
    tag = "xapi"
    permissions = {
        "GET": Permission.VIEW,
        "POST": Permission.RECORD_TRAINING,
        "PUT": Permission.RECORD_TRAINING,
    }
    version: Version | None = None

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Who asks, then in which version."""
        super().initial(request, *args, **kwargs)
        asked = request.headers.get(HEADER, "")
        if asked == "1.0" or asked.startswith("1.0."):
            self.version = Version.ONE
        elif asked == "2.0" or asked.startswith("2.0."):
            self.version = Version.TWO
        else:
            raise refused(
                "", "version", _("Send the header %(header)s with 1.0.3 or 2.0.0.") % {"header": HEADER}
            )

    def finalize_response(self, request: Request, response: Any, *args: Any, **kwargs: Any) -> Any:
        """Every answer names the version it is in."""
        response = super().finalize_response(request, response, *args, **kwargs)
        response[HEADER] = (self.version or Version.TWO).value
        return response

    # --- in

    def post(self, request: Request) -> Response:
        """Store one statement or an array of them; answers their ids."""
        if "method" in request.query_params:
            raise refused(
                "", "method", _("The form with “?method=” is not taken; send the request as it is.")
            )
        self._known_parameters(())
        body = self._body()
        documents = body if isinstance(body, list) else [body]
        if len(documents) > MOST_STATEMENTS:
            raise refused(
                "",
                "too_many",
                _("At most %(most)d statements in one array, please.") % {"most": MOST_STATEMENTS},
            )
        self._check(documents, is_array=isinstance(body, list))
        return Response(self._take(documents))

    def put(self, request: Request) -> Response:
        """Store one statement under the id in the address."""
        self._known_parameters(("statementId",))
        wanted = self._uuid("statementId", request.query_params.get("statementId", ""))
        body = self._body()
        self._check([body], is_array=False)
        if str(body.get("id", wanted)).lower() != wanted:
            raise refused("/id", "id_differs", _("The id in the body differs from statementId."))
        self._take([{**body, "id": wanted}])
        return Response(status=204)

    def _body(self) -> Any:
        media = self.request.content_type.partition(";")[0].strip().lower()
        if media == "multipart/mixed":
            message = _(
                "Files are not taken with a statement. Send JSON, and name a fileUrl for each attachment."
            )
            raise refused("", "attachment_not_supported", message)
        if media != "application/json":
            raise refused("", "content_type", _("Send application/json."))
        try:
            body = self.request._request.body
        except RequestDataTooBig as error:
            raise TooLarge from error
        try:
            return read_json(body)
        except StatementInvalid as error:
            raise refused(error.problem.pointer, error.problem.code, error.problem.detail) from error

    def _check(self, documents: list[Any], *, is_array: bool) -> None:
        assert self.version is not None
        problems = [
            Problem(one.pointer, one.code, f"{one.detail} ({one.clause})", row=index if is_array else None)
            for index, document in enumerate(documents)
            for one in statement_problems(document, self.version)
        ]
        if problems:
            raise StatementRefused(_("This is not a valid statement."), problems=tuple(problems[:100]))

    def _take(self, documents: list[Any]) -> list[str]:
        token = self.request.auth
        require(self.principal, Permission.RECORD_TRAINING, token.line_id)
        return take_statements(
            documents,
            line=token.line,
            authority={
                "objectType": "Agent", "name": token.name, "account": {"homePage": settings.BASE_URL, "name": token.prefix},
            },
            version="2.0.0" if self.version is Version.TWO else "1.0.0",
            by=self.principal.actor,
            at=self.at,
        )  # fmt: skip

    # --- out

    def get(self, request: Request) -> Response:
        """One statement, or a page of those that stand, the latest first (Communication 2.1.3).

        Filters: agent (actor or object, or a member of a group there; with related_agents also authority, instructor, team and what a
        SubStatement names), verb, activity (the object; with related_activities also context activities and a SubStatement's),
        registration, since and until (of `stored`, with their zone), ascending, limit; `format` is exact, ids or canonical. `more`
        leads on by what was told last, so that statements stored meanwhile are neither told twice nor push others out. Refused by
        name: attachments.
        """
        self._known_parameters((*_SINGLE, *_FILTERS, "format", "attachments"))
        asked = request.query_params
        if asked.get("format", Format.EXACT) not in set(Format):
            raise refused("", "format", _("format is exact, ids or canonical."))
        if self._flag("attachments"):
            raise refused(
                "",
                "attachment_not_supported",
                _("attachments=true is not offered: files lie at their fileUrl. Leave it out."),
            )
        rows = statements_in_scope(self.principal)
        single = [name for name in _SINGLE if name in asked]
        if single:
            if len(single) > 1 or any(name in asked for name in _FILTERS):
                raise refused(
                    "", "parameters", _("statementId and voidedStatementId go with no other filter.")
                )
            return self._one(rows, single[0])
        return self._page(rows.standing(), asked)

    def _one(self, rows: QuerySet[Statement], name: str) -> Response:
        wanted = self._uuid(name, self.request.query_params[name])
        found = rows.filter(statement_id=wanted, voided_by__isnull=name == "statementId").first()
        if found is None:
            raise Http404
        headers = {"Last-Modified": http_date(found.stored_at.timestamp()), **self._through()}
        return Response(self._told(found.document), headers=headers)

    def _page(self, rows: QuerySet[Statement], asked: Mapping[str, str]) -> Response:
        is_broad = self._flag("related_agents")
        if "agent" in asked:
            rows = rows.filter(about_agent(self._agent(asked["agent"]), is_broad=is_broad))
        if "verb" in asked:
            rows = rows.filter(verb=asked["verb"])
        is_broad = self._flag("related_activities")
        if "activity" in asked:
            rows = rows.filter(about_activity(asked["activity"], is_broad=is_broad))
        if "registration" in asked:
            rows = rows.filter(registration=self._uuid("registration", asked["registration"]))
        for name, lookup in (("since", "stored_at__gt"), ("until", "stored_at__lte")):
            if name in asked:
                rows = rows.filter(**{lookup: self._instant(name, asked[name])})
        is_ascending = self._flag("ascending")
        size = self._size(asked.get("limit", "0"))
        if "cursor" in asked:
            rows = rows.filter(self._after(asked["cursor"], is_ascending=is_ascending))
        order = ("stored_at", "pk") if is_ascending else ("-stored_at", "-pk")
        page = list(rows.order_by(*order).values_list("document", "stored_at", "pk")[: size + 1])
        more = ""
        if len(page) > size:
            _document, stored_at, key = page[size - 1]
            rest = {name: value for name, value in asked.items() if name != "cursor"}
            more = f"/xapi/statements?{urlencode({**rest, 'cursor': _cursor(stored_at, key)})}"
        statements = [self._told(document) for document, *_rest in page[:size]]
        return Response({"statements": statements, "more": more}, headers=self._through())

    def _told(self, document: Mapping[str, Any]) -> Mapping[str, Any]:
        how = Format(self.request.query_params.get("format", Format.EXACT))
        asked = parse_accept_lang_header(self.request.headers.get("Accept-Language", "")[:500])
        return told(document, how, [tag for tag, _weight in asked])

    def _through(self) -> dict[str, str]:
        """Until when everything that was stored is told (Communication 2.1.3); canonical answers differ by language."""
        stamp = (self.at - SETTLED).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        headers = {"X-Experience-API-Consistent-Through": stamp}
        if self.request.query_params.get("format") == Format.CANONICAL:
            headers["Vary"] = "Accept-Language"
        return headers

    def _agent(self, text: str) -> ActorKey:
        try:
            agent = read_json(text.encode())
        except StatementInvalid as error:
            raise refused("/agent", error.problem.code, error.problem.detail) from error
        assert self.version is not None
        problems = part_problems("actor", agent, self.version)
        if problems:
            raise refused("/agent", problems[0].code, problems[0].detail)
        keys = identifier(agent)
        if not keys:
            raise refused(
                "/agent", "group", _("A group without an identifier cannot be searched for; name a member.")
            )
        return keys[0]

    # --- parameters

    def _known_parameters(self, allowed: tuple[str, ...]) -> None:
        for name in self.request.query_params:
            if name not in allowed:
                raise refused("", "parameter", _("“%(name)s” is not a parameter here.") % {"name": name})

    def _flag(self, name: str) -> bool:
        value = self.request.query_params.get(name, "false")
        if value not in ("true", "false"):
            raise refused("", "flag", _("%(name)s is true or false.") % {"name": name})
        return value == "true"

    @staticmethod
    def _uuid(name: str, text: str) -> str:
        try:
            return str(uuid.UUID(text))
        except ValueError:
            raise refused("", "uuid", _("%(name)s is a UUID.") % {"name": name}) from None

    @staticmethod
    def _instant(name: str, text: str) -> datetime:
        found = instant(text)
        if found is None:
            raise refused(
                "",
                "timestamp",
                _("%(name)s is a time such as 2026-11-02T09:30:00Z; in an address a plus is written %%2B.")
                % {"name": name},
            )
        return found

    @staticmethod
    def _size(text: str) -> int:
        if not text.isascii() or not text.isdigit() or len(text) > 9:
            raise refused("", "limit", _("limit is a whole number, 0 for the server’s own."))
        return min(int(text) or PAGE, LARGEST_PAGE)

    @staticmethod
    def _after(text: str, *, is_ascending: bool) -> Q:
        try:
            stored, key = json.loads(base64.urlsafe_b64decode(text.encode()))
            moment = datetime.fromisoformat(stored)
            number = int(key)
        except (ValueError, TypeError, binascii.Error):
            raise refused(
                "", "cursor", _("This cursor is not one of ours. Start again without it.")
            ) from None
        if moment.tzinfo is None or not 0 < number < 2**63:
            raise refused("", "cursor", _("This cursor is not one of ours. Start again without it."))
        if is_ascending:
            return Q(stored_at__gt=moment) | Q(stored_at=moment, pk__gt=number)
        return Q(stored_at__lt=moment) | Q(stored_at=moment, pk__lt=number)


def _cursor(stored_at: datetime, key: int) -> str:
    return base64.urlsafe_b64encode(json.dumps([stored_at.isoformat(), key]).encode()).decode()
