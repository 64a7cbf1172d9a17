"""Row 4: 100 accounts in one POST, against a view that checks by hand and writes the same rows with `bulk_create`."""

import datetime as dt
from typing import Any
from uuid import UUID

import orjson
from django.contrib.auth.decorators import login_not_required
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from bench.callers import token_headers
from bench.frame import Bench, Goal, Result, Row, equal
from bench.server import Client, serving
from coe.models import BusinessLine, ChangeEvent, LineFact, Platform, SocialAccount, User

_COUNT, _CALLS = 100, 8
_TIERS, _KINDS = {1, 2, 3}, {"brand", "corporate", "regional"}
_COMPARED = (
    "handle", "handle_key", "url", "line_id", "platform_id", "primary_owner_id", "backup_owner_id", "tier", "kind", "purpose",
    "audience", "languages", "vault_reference", "mfa_state", "state", "display_name", "opened_on",
)  # fmt: skip
_TOLD = (
    "platform_id", "handle", "handle_key", "url", "display_name", "state", "line_id", "kind", "tier", "purpose", "audience",
    "languages", "primary_owner_id", "backup_owner_id", "vault_reference", "mfa_state",
)  # fmt: skip


@csrf_exempt
@login_not_required
@require_POST
def floor_bulk(request: HttpRequest) -> HttpResponse:
    """The floor: required fields and choices by hand, relations by three queries, accounts and history by `bulk_create`."""
    items, at = orjson.loads(request.body), timezone.now()
    lines = {row.code: row for row in BusinessLine.objects.filter(code__in={item["line"] for item in items})}
    platforms = {
        row.code: row for row in Platform.objects.filter(code__in={item["platform"] for item in items})
    }
    emails = {item[name] for item in items for name in ("primary_owner", "backup_owner")}
    people = {row.email: row for row in User.objects.filter(email__in=emails, is_active=True)}
    rows = []
    for item in items:
        if not item["handle"] or item["tier"] not in _TIERS or item["kind"] not in _KINDS:
            return HttpResponse(status=422)
        handle = item["handle"].strip().lstrip("@")
        rows.append(
            SocialAccount(
                line=lines[item["line"]], platform=platforms[item["platform"]], handle=handle, handle_key=handle.casefold(),
                url=item["profile_url"], primary_owner=people[item["primary_owner"]], backup_owner=people[item["backup_owner"]],
                tier=item["tier"], kind=item["kind"], purpose=item["purpose"].strip(), audience=item["audience"].strip(),
                languages=item["languages"], vault_reference=item["vault_reference"].strip(), mfa_state=item["mfa_state"],
                display_name=item["display_name"].strip(), opened_on=dt.date.fromisoformat(item["opened_on"]),
                state="requested", state_since=at, created_at=at, updated_at=at,
            )
        )  # fmt: skip
    with transaction.atomic():
        made = SocialAccount.objects.bulk_create(rows, batch_size=500)
        ChangeEvent.objects.bulk_create(
            [
                ChangeEvent(
                    at=at, actor_kind="token", actor_id="", actor_label="bench", action="account.registered",
                    object_type="coe.socialaccount", object_id=row.public_id, object_label=str(row), line_id=row.line_id,
                    changes={name: [None, getattr(row, name)] for name in _TOLD},
                )
                for row in made
            ],
            batch_size=500,
        )  # fmt: skip
    return HttpResponse(
        orjson.dumps([row.public_id for row in made]), content_type="application/json", status=201
    )


def _items(bench: Bench, prefix: str) -> list[dict[str, Any]]:
    """A hundred new accounts of the region's lines, each with two owners."""
    lines = list(
        BusinessLine.objects.filter(ancestor_links__ancestor__code=bench.world.region).order_by("code_key")
    )
    owners = {
        held.line_id: held
        for held in SocialAccount.objects.filter(
            line__in=lines, primary_owner__isnull=False, backup_owner__isnull=False
        ).select_related("primary_owner", "backup_owner")
    }
    lines = [line for line in lines if line.pk in owners]
    return [
        {
            "line": lines[n % len(lines)].code, "platform": "x", "handle": f"{prefix}{n:03d}",
            "profile_url": f"https://x.com/{prefix}{n:03d}", "primary_owner": owners[lines[n % len(lines)].pk].primary_owner.email,
            "backup_owner": owners[lines[n % len(lines)].pk].backup_owner.email, "tier": 1 + n % 3, "kind": "brand",
            "purpose": "Tells customers of this line what is new and answers their questions.", "audience": "Customers",
            "languages": ["en", "fr"], "vault_reference": f"vault/social/{prefix}{n}", "mfa_state": "on",
            "display_name": f"Company {n}", "opened_on": "2025-05-01",
        }
        for n in range(_COUNT)
    ]  # fmt: skip


def _written(public_ids: list[str]) -> tuple[list[tuple[Any, ...]], int]:
    """What stands in the database of these accounts, names shortened to what both sides share, and their history rows."""
    keys = [UUID(one) for one in public_ids]
    rows = SocialAccount.objects.filter(public_id__in=keys).order_by("handle_key").values(*_COMPARED)
    shared = [
        tuple(str(value).replace("r4o", "r4").replace("r4f", "r4") for value in row.values()) for row in rows
    ]
    return shared, ChangeEvent.objects.filter(object_id__in=keys, action="account.registered").count()


def _same(ours: bytes, theirs: bytes) -> None:
    mine = _written([row["id"] for row in orjson.loads(ours)["results"]])
    other = _written(orjson.loads(theirs))
    equal(mine[0], other[0])
    equal((len(mine[0]), mine[1]), (_COUNT, _COUNT), "accounts and history rows")
    equal(mine[1], other[1], "history rows")


def _run(bench: Bench) -> list[Result]:
    made = SocialAccount.objects.filter(handle_key__startswith="r4")
    address, floor = "/api/v1/accounts/", "/floor/accounts/bulk/"
    sheets = {side: _items(bench, f"r4{side[0]}NNNN") for side in ("ours", "floor")}

    def body(side: str, number: int) -> bytes:
        return orjson.dumps(sheets[side]).replace(b"NNNN", f"{number:04d}".encode())

    def clean() -> None:
        ChangeEvent.objects.filter(object_id__in=made.values("public_id")).delete()
        LineFact.objects.all().delete()
        made.delete()

    clean()
    with serving() as port:
        client = Client(port)

        def before() -> None:
            client.fresh()
            client.headers = token_headers(bench.world, ("read", "accounts:write")) | {
                "Content-Type": "application/json"
            }

        before()
        queries = client.queries(address, method="POST", body=body("ours", 9999))
        result = bench.compare(
            4, "bulk POST of 100 accounts, each with its history row", "hand-validated bulk_create of the same rows",
            lambda n: client.request(address, method="POST", body=body("ours", n)),
            lambda n: client.request(floor, method="POST", body=body("floor", n)),
            goal=Goal(2.5), calls=_CALLS, same=_same, before=before, queries=queries,
        )  # fmt: skip
    clean()
    return [result]


ROWS = (Row(4, "Bulk POST", _run),)
