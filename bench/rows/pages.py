"""Row 3: the dashboard and the 50-row tables in a browser's session, against plain 50-row templates of the same columns."""

import re
from functools import cache
from typing import Any

from django.db.models import Count, Q
from django.db.models.functions import Coalesce
from django.http import HttpRequest, HttpResponse
from django.template import Template, engines
from django.utils import timezone
from django.views.decorators.http import require_GET

from bench.callers import session_headers
from bench.frame import Bench, Goal, Result, Row, equal
from bench.server import Client, serving
from coe.models import BusinessLine, SocialAccount
from metrics.models import RubricVersion, StageRow, TargetStage

_CALLS = 15
_PAGE = 50


@cache
def _plain(head: str, row: str) -> Template:
    """A page that is nothing but one table."""
    return engines["django"].from_string(
        f"<!doctype html><title>Floor</title><table><thead><tr>{head}</tr></thead><tbody>"
        "{% for row in rows %}<tr>" + row + "</tr>\n{% endfor %}</tbody></table>"
    )


@cache
def _dimensions() -> list[str]:
    """The columns of the heat map in the rubric's order."""
    document = RubricVersion.objects.get(is_current=True).document
    return [dimension["code"] for dimension in document["dimensions"]]


def _heads(*words: str) -> str:
    return "".join(f"<th>{word}</th>" for word in words)


@require_GET
def floor_dashboard(request: HttpRequest) -> HttpResponse:
    """The heat map's rows and cells, without anything around them; logged in, like every page."""
    order = (Coalesce("parent__code_key", "code_key"), "depth", "code_key")
    lines = list(
        BusinessLine.objects.filter(status="active").order_by(*order).values("pk", "code", "name")[:_PAGE]
    )
    stages: dict[int, dict[str, Any]] = {}
    known = StageRow.objects.filter(
        line__in=[line["pk"] for line in lines], known_until=None, rubric__is_current=True
    )
    for stage in (
        known.exclude(standing="not_assessed")
        .order_by("dimension")
        .values("line_id", "dimension", "level_index", "score_tenths")
    ):
        stages.setdefault(stage["line_id"], {})[stage["dimension"]] = stage
    rows = []
    for line in lines:
        cells = stages.get(line["pk"], {})
        rows.append({**line, "whole": cells.get(""), "cells": [cells.get(code) for code in _dimensions()]})
    template = _plain(
        _heads("Line", "Stage", *"12345678"),
        '<th><a href="/lines/{{ row.code }}/">{{ row.code }} {{ row.name }}</a></th><td>{{ row.whole.level_index }}</td>'
        "{% for cell in row.cells %}<td>{{ cell.level_index }} <b>{{ cell.score_tenths }}</b></td>{% endfor %}",
    )
    return HttpResponse(template.render({"rows": rows}, request))


@require_GET
def floor_lines(request: HttpRequest) -> HttpResponse:
    """Lines with stage and number of accounts; which ones and in what order is told, so the tree costs it nothing."""
    codes = request.GET["codes"].split(",")
    lines = BusinessLine.objects.filter(code__in=codes)
    lines = lines.annotate(
        accounts_now=Count("accounts", filter=~Q(accounts__state__in=("archived", "rejected")))
    )
    by_code = {line.code: line for line in lines}
    rows = [by_code[code] for code in codes]
    known = StageRow.objects.filter(known_until=None, rubric__is_current=True, dimension="")
    stages = {stage.line_id: stage for stage in known.filter(line__in=[line.pk for line in rows])}
    template = _plain(
        _heads("Line", "Code", "Kind", "Stage", "Score", "Accounts"),
        '<th><a href="/lines/{{ row.0.code }}/">{{ row.0.name }}</a></th><td>{{ row.0.code }}</td><td>{{ row.0.get_kind_display }}</td>'
        '<td>{{ row.1.level_index }}</td><td class="tenths">{{ row.1.score_tenths }}</td><td>{{ row.0.accounts_now }}</td>',
    )
    return HttpResponse(template.render({"rows": [(line, stages.get(line.pk)) for line in rows]}, request))


@require_GET
def floor_accounts(request: HttpRequest) -> HttpResponse:
    """The first page of the register."""
    accounts = SocialAccount.objects.exclude(state__in=("archived", "rejected"))
    rows = accounts.select_related("platform", "line", "primary_owner", "backup_owner").order_by(
        "handle_key", "pk"
    )
    template = _plain(
        _heads(
            "Account", "Platform", "Line", "State", "Tier", "Primary owner", "Backup owner", "Second factor"
        ),
        '<th><a href="/accounts/{{ row.public_id }}/">{{ row.handle }}</a><br>{{ row.display_name }}</th><td>{{ row.platform.name }}</td>'
        '<td><a href="/lines/{{ row.line.code }}/">{{ row.line.name }}</a></td><td>{{ row.get_state_display }}</td><td>{{ row.tier }}</td>'
        "<td>{{ row.primary_owner }}</td><td>{{ row.backup_owner }}</td><td>{{ row.get_mfa_state_display }}</td>",
    )
    return HttpResponse(template.render({"rows": rows[:_PAGE]}, request))


def _rows(html: bytes, address: str, *more: str) -> list[tuple[str, ...]]:
    """What the rows of a page lead to, with what else is looked for in each."""
    found = []
    for row in re.findall(r"<tr[^>]*>.*?</tr>", html.decode(), re.DOTALL):
        link = re.search(rf'<th[^>]*>.*?href="({address})"', row, re.DOTALL)
        if link:
            found.append((link.group(1), *(" ".join(re.findall(one, row)) for one in more)))
    return found


def _same_dashboard(ours: bytes, theirs: bytes) -> None:
    score = r'<span aria-hidden="true">(\d+)</span>'
    tenths = [
        (line, *(" ".join(str(int(one) // 10) for one in cells.split()) for cells in more))
        for line, *more in _rows(theirs, "/lines/[^/]+/", r"<b>(\d+)</b>")
    ]
    equal(_rows(ours, "/lines/[^/]+/", score), tenths)
    equal(len(tenths), _PAGE, "pages of 50")


def _same_lines(ours: bytes, theirs: bytes) -> None:
    code, score = r"<td[^>]*>(B\d+)</td>", r'<td class="num">(\d+|–)</td>'
    wanted = [
        (*row[:2], "–" if row[2] == "None" else str(int(row[2]) // 10))
        for row in _rows(theirs, "/lines/[^/]+/", code, r'<td class="tenths">(\d+|None)</td>')
    ]
    equal(_rows(ours, "/lines/[^/]+/", code, score), wanted)
    equal(len(wanted), _PAGE, "pages of 50")


def _same_accounts(ours: bytes, theirs: bytes) -> None:
    address, line = "/accounts/[0-9a-f-]{36}/", r'href="(/lines/[^/]+/)"'
    equal(_rows(ours, address, line), _rows(theirs, address, line))
    equal(len(_rows(theirs, address)), _PAGE, "pages of 50")


def _change() -> None:
    """A change that the dashboard rests on: what its processes keep of it is worth nothing any more."""
    first = TargetStage.objects.order_by("pk").values_list("pk", flat=True)[0]
    TargetStage.objects.filter(pk=first).update(updated_at=timezone.now())


def _nothing() -> None:
    """What was kept may be used."""


_PAGES = (
    ("hub dashboard", "/", "/floor/page/dashboard/", _same_dashboard, _nothing),
    ("hub dashboard after each change", "/", "/floor/page/dashboard/", _same_dashboard, _change),
    ("lines, a page of 50", "/lines/", "/floor/page/lines/?codes=", _same_lines, _nothing),
    ("accounts, a page of 50", "/accounts/", "/floor/page/accounts/", _same_accounts, _nothing),
)


def _run(bench: Bench) -> list[Result]:
    found = []
    with serving() as port:
        client = Client(port, session_headers(bench.world))
        for what, address, floor, same, each in _PAGES:
            page = client.request(address)
            if floor.endswith("codes="):
                floor += ",".join(re.findall(r"<td[^>]*>(B\d+)</td>", page.decode()))
            found.append(
                bench.compare(
                    3, f"{what} (HTML, session)", "plain 50-row template of the same columns, session",
                    lambda _n, a=address: client.request(a), lambda _n, a=floor: client.request(a), goal=Goal(2), calls=_CALLS,
                    same=same, before=client.fresh, each=each, queries=client.queries(address, each=each), most_queries=8,
                    notes=(f"{len(page) / 1000:.0f} kB",),
                )
            )  # fmt: skip
    return found


ROWS = (Row(3, "Pages", _run),)
