"""Rows 1 and 2: the API's list of 100 accounts and one account, against bare views that dump the same values."""

from typing import Any
from uuid import UUID

import orjson
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_GET

from bench.callers import token_headers
from bench.frame import Bench, Goal, Result, Row, equal
from bench.server import Client, serving
from coe.api.accounts import ACCOUNTS
from coe.models import SocialAccount

_CALLS = 40
_NESTED = {
    "platform": {"id": "platform__public_id", "code": "platform__code", "display": "platform__name"},
    "line": {"id": "line__public_id", "code": "line__code", "display": "line__name"},
    "primary_owner": {"id": "primary_owner__public_id", "email": "primary_owner__email"},
    "backup_owner": {"id": "backup_owner__public_id", "email": "backup_owner__email"},
    "emergency_contact": {"id": "emergency_contact__public_id", "email": "emergency_contact__email"},
}
_RENAMED = {"id": "public_id", "profile_url": "url"}
# What the API makes of other values, or collects with a query of its own.
_MADE = {"url", "web_url", "display", "tags", "co_owners"}
_PLAIN = {
    field.name: _RENAMED.get(field.name, field.name)
    for field in ACCOUNTS.fields
    if field.name not in _MADE and field.name not in _NESTED
}
_COLUMNS = (*_PLAIN.values(), *(column for columns in _NESTED.values() for column in columns.values()))


@login_not_required
@require_GET
def floor_list(request: HttpRequest) -> HttpResponse:
    """The floor of row 1: the same rows and values, without token, rights, filters, count, tags or links."""
    rows = SocialAccount.objects.filter(line__ancestor_links__ancestor__code=request.GET["line"])
    found = list(rows.order_by("handle_key", "pk").values(*_COLUMNS)[:100])
    return HttpResponse(orjson.dumps(found), content_type="application/json")


@login_not_required
@require_GET
def floor_detail(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """The floor of row 2: one row."""
    found = SocialAccount.objects.values(*_COLUMNS).get(public_id=public_id)
    return HttpResponse(orjson.dumps(found), content_type="application/json")


def _flat(answer: dict[str, Any]) -> dict[str, Any]:
    """An account of the API under the floor's names."""
    flat = {column: answer[name] for name, column in _PLAIN.items()}
    for name, columns in _NESTED.items():
        flat |= {column: (answer[name] or {}).get(key) for key, column in columns.items()}
    return flat


def _same_list(ours: bytes, theirs: bytes) -> None:
    rows = [_flat(row) for row in orjson.loads(ours)["results"]]
    equal(rows, orjson.loads(theirs))
    equal(len(rows), 100, "pages of 100")


def _same_detail(ours: bytes, theirs: bytes) -> None:
    equal(_flat(orjson.loads(ours)), orjson.loads(theirs))


def _run_list(bench: Bench) -> list[Result]:
    with serving() as port:
        client = Client(port)
        address, floor = "/api/v1/accounts/?limit=100", f"/floor/accounts/?line={bench.world.region}"

        def before() -> None:
            client.fresh()
            client.headers = token_headers(bench.world)

        before()
        result = bench.compare(
            1, "API list of 100 accounts (token, scope)", "bare view: .values() + orjson, same rows",
            lambda _n: client.request(address), lambda _n: client.request(floor), goal=Goal(1.5), calls=_CALLS, same=_same_list,
            before=before, queries=client.queries(address), most_queries=4,
        )  # fmt: skip
    return [result]


def _run_detail(bench: Bench) -> list[Result]:
    accounts = SocialAccount.objects.filter(line__ancestor_links__ancestor__code=bench.world.region)
    keys = list(accounts.order_by("pk").values_list("public_id", flat=True)[:500])
    with serving() as port:
        client = Client(port)

        def before() -> None:
            client.fresh()
            client.headers = token_headers(bench.world)

        def address(number: int) -> str:
            return f"/api/v1/accounts/{keys[number % len(keys)]}/"

        before()
        result = bench.compare(
            2, "API detail of one account", "bare view: .values() + orjson, same row",
            lambda n: client.request(address(n)), lambda n: client.request(f"/floor/accounts/{keys[n % len(keys)]}/"),
            goal=Goal(2), calls=2 * _CALLS, same=_same_detail, before=before, queries=client.queries(address(0)), most_queries=4,
        )  # fmt: skip
    return [result]


ROWS = (
    Row(1, "API list of 100 accounts", _run_list),
    Row(2, "API detail", _run_detail),
)
