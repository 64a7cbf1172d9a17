"""Many records at once on a list address: PATCH and DELETE by id, PUT by natural key; all or nothing, every refusal by its place."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _
from rest_framework.response import Response

from coe.api.base.bodies import Body, Input, all_or_nothing
from coe.api.base.fields import Resource
from coe.api.base.views import HubView
from coe.errors import Invalid

ID = Input("id", required=True, note="The record's id, or its natural key.")
REVISION = Input("revision", "integer", note="Of your read; 412 when it is old.")
Find = Callable[[Any], Any]


@dataclass(frozen=True)
class NaturalKey:
    """A column that names a record as well as its id does."""

    column: str
    fold: Callable[[str], str] = str


def _uuid(text: Any) -> UUID | None:
    try:
        return UUID(text) if isinstance(text, str) else None
    except ValueError:
        return None


def finder(rows: QuerySet[Any], given: Sequence[Any], key: NaturalKey | None = None) -> Find:
    """Read the records that an array names, with one query; the answer finds one of them.

    Its refusal names the id. What is out of scope and what does not exist are told alike.
    """
    ids = {found for one in given if (found := _uuid(one)) is not None}
    condition = Q(public_id__in=ids)
    if key is not None:
        names = {
            key.fold(one)
            for one in given
            if isinstance(one, str) and _uuid(one) is None and "\x00" not in one
        }
        condition |= Q(**{f"{key.column}__in": names})
    found: dict[Any, Any] = {}
    for row in rows.filter(condition):
        found[row.public_id] = row
        if key is not None:
            found[getattr(row, key.column)] = row

    def find(text: Any) -> Any:
        wanted: Any = _uuid(text)
        if wanted is None and key is not None and isinstance(text, str):
            wanted = key.fold(text)
        if wanted is None or wanted not in found:
            message = _("“%(text)s” does not exist in your scope.") % {"text": str(text)[:80]}
            raise Invalid.one("id", "not_found", message)
        return found[wanted]

    return find


class ManyView(HubView):
    """A list address that takes arrays."""

    def edit_each(
        self,
        resource: Resource,
        edit: Callable[[Any, Body, int | None], Any],
        *,
        rows: QuerySet[Any],
        inputs: Sequence[Input],
        key: NaturalKey | None = None,
    ) -> Response:
        """PATCH: every object names its record by `id`, and may say the `revision` it was read at."""
        data = self.request.data
        items = data if isinstance(data, list) else [data]
        find = finder(rows, [one.get("id") for one in items if isinstance(one, dict)], key)
        memo: dict[Any, Any] = {}

        def one(item: Any) -> Any:
            body = Body(item, (ID, REVISION, *inputs), self.principal, memo=memo)
            record = find(body.values.pop("id"))
            return edit(record, body, body.values.pop("revision", None))

        return self.write_one_or_many(resource, one, rows=rows.model._default_manager.all(), status=200)

    def remove_each(
        self,
        remove: Callable[[Any, str, int | None], Any],
        *,
        rows: QuerySet[Any],
        resource: Resource | None = None,
        key: NaturalKey | None = None,
    ) -> Response:
        """DELETE: an array of ids, or of objects with `id` and `revision`. `resource` tells records that stay, ended."""
        data = self.request.data
        if not isinstance(data, list):
            raise Invalid.one("", "array_expected", _("Send the array of ids that shall go."))
        items = [one if isinstance(one, dict) else {"id": one} for one in data]
        find = finder(rows, [one.get("id") for one in items], key)

        def one(item: Any) -> Any:
            body = Body(item, (ID, REVISION), self.principal)
            return remove(find(body.values["id"]), body.why, body.values.get("revision"))

        done = all_or_nothing(items, one)
        if resource is None:
            return Response(status=204)
        keys = [record.pk for record in done]
        return self.told_many(resource, keys, rows=rows.model._default_manager.all())

    def put_each(
        self,
        resource: Resource,
        put: Callable[[Body, int | None], tuple[Any, bool]],
        *,
        rows: QuerySet[Any],
        inputs: Sequence[Input],
    ) -> Response:
        """PUT: each object is created, or edited where its natural key exists; fields that are not sent stay as they are.

        `put` returns the record and whether it is new.
        """
        memo: dict[Any, Any] = {}
        fresh: list[bool] = []

        def one(item: Any) -> Any:
            body = Body(item, (REVISION, *inputs), self.principal, memo=memo)
            record, is_new = put(body, body.values.pop("revision", None))
            fresh.append(is_new)
            return record

        data = self.request.data
        if isinstance(data, list):
            done = all_or_nothing(data, one)
            return self.told_many(resource, [record.pk for record in done], rows=rows)
        record = one(data)
        return self.told(resource, rows=rows, status=201 if fresh[-1] else 200, pk=record.pk)
