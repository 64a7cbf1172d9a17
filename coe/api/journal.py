"""The journal of lines and accounts: notes, decisions, warnings. A person writes; whoever sees the line reads."""

from typing import Any
from uuid import UUID

from django.http import Http404
from rest_framework.request import Request
from rest_framework.response import Response

from coe.api.base.bodies import Body, Input
from coe.api.base.fields import Field, Filter, Resource, line_field, person_field, plain
from coe.api.base.idempotency import idempotent
from coe.api.base.views import HubView, Operation
from coe.api.relations import ANYBODY
from coe.enums.roles import Permission
from coe.enums.work import JournalKind
from coe.models import JournalEntry
from coe.rules.scope import accounts_in_scope, lines_in_scope, require, scoped
from coe.services.journal import add_note
from coe.services.line_codes import line_key

JOURNAL = Resource(
    name="JournalEntry",
    plural="journal",
    rows=lambda principal: scoped(JournalEntry.objects.all(), principal),
    line="line",
    fields=(
        Field("id", ("public_id",), "uuid"),
        Field("object_type", ("object_type",), make=lambda label: label.lower()),
        plain("object_id", "uuid"),
        line_field(),
        plain("kind", choices=JournalKind),
        plain("body", note="Markdown."),
        person_field("author"),
        plain("created_at", "datetime"),
    ),
    filters=(
        Filter("object_id", "object_id", "uuid"),
        Filter("kind", "kind", choices=JournalKind),
        Filter("author", "author__email", fold=str.lower, relation=ANYBODY),
        Filter("created_at", "created_at", "datetime"),
    ),
    ordering={"created_at": "created_at"},
    default=("-created_at",),
    description="Notes on the lines and accounts of your scope, newest first.",
)
NOTE = (Input("body", required=True), Input("kind", choices=JournalKind))


class JournalListView(HubView):
    """Every note in scope."""

    resource = JOURNAL
    tag = "journal"
    permissions = {"GET": Permission.VIEW}
    operations = {"GET": Operation("List notes", is_list=True)}

    def get(self, request: Request) -> Response:
        """A page of notes."""
        return self.listed(JOURNAL)


class _SubjectJournal(HubView):
    """The notes on one record."""

    resource = JOURNAL
    tag = "journal"
    permissions = {"GET": Permission.VIEW, "POST": Permission.COMMENT}

    def subject(self, **key: Any) -> Any:
        """The record, in scope."""
        raise Http404

    def get(self, request: Request, **key: Any) -> Response:
        """A page of its notes."""
        subject = self.subject(**key)
        return self.listed(JOURNAL, keep=lambda rows: rows.filter(object_id=subject.public_id))

    @idempotent
    def post(self, request: Request, **key: Any) -> Response:
        """Write a note."""
        subject = self.subject(**key)
        require(self.principal, Permission.COMMENT, getattr(subject, "line_id", None) or subject.pk)
        body = Body(request.data, NOTE, self.principal)
        entry = add_note(subject, **body.values, by=self.principal.actor, at=self.at, why=body.why)
        return self.told_many(JOURNAL, [entry.pk], rows=JournalEntry.objects.all(), status=201)


class LineJournalView(_SubjectJournal):
    """The journal of a line."""

    operations = {
        "GET": Operation("List notes on a line", is_list=True),
        "POST": Operation("Write a note on a line", NOTE, status=201),
    }

    def subject(self, code: str, **key: Any) -> Any:
        """The line."""
        found = lines_in_scope(self.principal).filter(code_key=line_key(code)).first()
        if found is None:
            raise Http404
        return found


class AccountJournalView(_SubjectJournal):
    """The journal of an account."""

    operations = {
        "GET": Operation("List notes on an account", is_list=True),
        "POST": Operation("Write a note on an account", NOTE, status=201),
    }

    def subject(self, public_id: UUID, **key: Any) -> Any:
        """The account."""
        found = accounts_in_scope(self.principal).filter(public_id=public_id).first()
        if found is None:
            raise Http404
        return found
