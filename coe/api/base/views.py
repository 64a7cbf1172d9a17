"""The base of every view of the API: declared permissions, one clock, lists and details from declared fields."""

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar

from django.core.exceptions import RequestDataTooBig
from django.db.models import QuerySet
from django.http import Http404
from django.utils import timezone
from django.utils.cache import patch_vary_headers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from coe.api.base.bodies import Input, all_or_nothing
from coe.api.base.concurrency import etag_of, is_known
from coe.api.base.fields import Field, Resource, compile_fields
from coe.api.base.pagination import HubPagination
from coe.api.base.parsers import HubJSONParser, TooLarge
from coe.api.base.permissions import Door
from coe.api.base.queries import check_lines, narrowed
from coe.enums.roles import Permission
from coe.models.prepared import Given, Prepared, PreparedByShape
from coe.rules.principals import Principal
from coe.rules.scope import may

_PREPARED = PreparedByShape()


@dataclass(frozen=True)
class Operation:
    """What the schema says about one method: words, the body it takes, the answer it gives."""

    summary: str
    inputs: tuple[Input, ...] = ()
    answer: str | Mapping[str, Any] = ""
    status: int = 200
    parameters: tuple[tuple[str, str, str], ...] = field(default=())
    is_list: bool = False
    takes_array: bool = False
    # A body to copy and try; a test holds each against its own schema.
    example: Any = None
    # Media types of a body that is no JSON object, with their schemas; and of an answer that is a file.
    consumes: Mapping[str, Any] = field(default_factory=dict)
    produces: tuple[str, ...] = ()


class HubView(APIView):
    """A door: it reads the clock once, and every method of it declares its permission."""

    permissions: ClassVar[Mapping[str, Permission | Door]] = {}
    operations: ClassVar[Mapping[str, Operation]] = {}
    tag: ClassVar[str] = ""
    parser_classes = [HubJSONParser]
    at: dt.datetime

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Read the clock, then let DRF ask who, whether and how often."""
        self.at = timezone.now()
        super().initial(request, *args, **kwargs)

    @property
    def principal(self) -> Principal:
        """The caller."""
        found: Principal = self.request._request.principal
        return found

    def fingerprint(self, request: Request) -> bytes:
        """What makes a repeated POST the same request, beside its address: its body.

        :raises TooLarge: it is larger than a body may be.
        """
        try:
            body: bytes = request._request.body
        except RequestDataTooBig as error:
            raise TooLarge from error
        return body

    def finalize_response(self, request: Request, response: Any, *args: Any, **kwargs: Any) -> Any:
        """Say how much of the caller's share is left, and that the answer is theirs alone."""
        response = super().finalize_response(request, response, *args, **kwargs)
        state = getattr(getattr(request, "_request", request), "rate_state", None)
        if state is not None:
            response["RateLimit-Limit"], response["RateLimit-Remaining"], response["RateLimit-Reset"] = (
                str(one) for one in state
            )
        response.setdefault("Cache-Control", "private, no-cache")
        patch_vary_headers(response, ["Authorization", "Cookie"])
        return response

    def listed(
        self,
        resource: Resource,
        *,
        extra: frozenset[str] = frozenset(),
        keep: Callable[[Any], Any] | None = None,
    ) -> Response:
        """The page of a list that the query string asks for."""
        asked = self.request.query_params
        rows = narrowed(resource, resource.rows(self.principal), asked, principal=self.principal, extra=extra)
        if keep is not None:
            rows = keep(rows)
        compiled = compile_fields(self._chosen(resource))
        pages = HubPagination()
        page = pages.paginate_queryset(rows.values_list(*compiled.lookups), self.request, self)
        if not page and resource.has_lines:
            check_lines(self.principal, asked)
        return Response(pages.envelope(compiled.answers(page)))

    def _chosen(self, resource: Resource) -> tuple[Field, ...]:
        asked = self.request.query_params
        names = [w for w in asked["fields"].split(",") if w] if asked.get("fields") else None
        return resource.chosen(names, [w for w in asked.get("omit", "").split(",") if w])

    def told(self, resource: Resource, *, rows: Any = None, status: int = 200, **key: Any) -> Response:
        """One record in the caller's scope, with its ETag; 304 when the caller has it."""
        compiled = resource.compiled
        if rows is None and resource.is_prepared and len(key) == 1:
            found = self._prepared(resource, *key).rows(**key)
        else:
            visible = resource.rows(self.principal) if rows is None else rows
            found = list(visible.filter(**key).values_list(*compiled.lookups)[:1])
        if not found:
            raise Http404
        body = compiled.answers(found)[0]
        etag = etag_of(body.get("revision") or 0, body)
        wanted = {one.name for one in self._chosen(resource)}
        headers = {"ETag": etag}
        if status in (201, 202):
            headers["Location"] = body["url"]
        if self.request.method in ("GET", "HEAD") and is_known(self.request, etag):
            return Response(status=304, headers=headers)
        return Response(
            {name: value for name, value in body.items() if name in wanted}, status=status, headers=headers
        )

    def _prepared(self, resource: Resource, name: str) -> Prepared:
        def build() -> QuerySet[Any]:
            rows = resource.rows(self.principal)
            wanted = Given(name, rows.model._meta.get_field(name))
            return rows.filter(**{name: wanted}).values_list(*resource.compiled.lookups)[:1]

        return _PREPARED.get((resource, name, self.principal.scope), build)

    def told_many(self, resource: Resource, keys: Sequence[int], *, rows: Any, status: int = 200) -> Response:
        """Records that were just written, in the order of the request."""
        compiled = resource.compiled
        found = rows.filter(pk__in=keys).values_list(*compiled.lookups)
        by_key = {row[0]: row for row in found}
        results = compiled.answers([by_key[key] for key in dict.fromkeys(keys)])
        return Response(
            {"count": len(results), "next": None, "previous": None, "results": results}, status=status
        )

    def write_one_or_many(
        self, resource: Resource, one: Callable[[Any], Any], *, rows: Any, status: int
    ) -> Response:
        """A body that is an object is one write; an array is many, all or nothing."""
        data = self.request.data
        if isinstance(data, list):
            done = all_or_nothing(data, one)
            return self.told_many(resource, [obj.pk for obj in done], rows=rows, status=status)
        return self.told(resource, rows=rows, status=status, pk=one(data).pk)

    def may(self, permission: Permission, line_id: int | None = None) -> bool:
        """Whether the caller may do this."""
        return may(self.principal, permission, line_id)


class ListView(HubView):
    """The door of a list: GET is the page of its resource that the query string asks for."""

    resource: ClassVar[Resource]

    def get(self, request: Request) -> Response:
        """A page of the list."""
        return self.listed(self.resource)
