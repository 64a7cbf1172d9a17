"""What each real file becomes once it is imported and judged: its verdicts, its pages for the hub, and what one of its agencies sees.

The verdicts are a digest that SQLite and PostgreSQL must both reach, and a second full run too. After a wanted change of rubric or
indicators: `RENEW_VERDICTS=1 ./run test tests/real/test_pages.py -n0` writes `verdicts.json` anew; the diff of its counts is what the
change means.
"""

import csv
import datetime as dt
import io
import json
import os
import re
from collections import Counter
from html import unescape
from pathlib import Path
from types import SimpleNamespace

import pytest
from django.db import transaction
from django.test import Client
from django.utils import timezone

from coe.enums.roles import Role
from coe.models import (
    AccountCoOwner,
    BusinessLine,
    Platform,
    SocialAccount,
    Tag,
)
from coe.registries import export_kinds
from coe.rules.principals import Actor, Principal
from coe.services.import_runs import apply_import, stage_import
from coe.services.platforms import ensure_platforms
from coe.services.tokens import create_token
from metrics.enums.maturity import RunState
from metrics.models import MaturityRun, Metric, Observation, RubricVersion, StageRow, VerdictRow
from metrics.services.dictionary import ensure_dictionary
from metrics.services.runs import run_inline, start_run
from tests.factories import AT, RoleFactory, UserFactory
from tests.house.routes.api import API as TABLE
from tests.house.routes.matrix import body_of, routes
from tests.plugins.api import Caller

pytestmark = [pytest.mark.django_db, pytest.mark.real]
BY = Actor.system("test")
KNOWN = Path(__file__).with_name("verdicts.json")
FILES = {
    "nyc-social-media-usage": ("NYC_Social_Media_Usage.csv", "observations", "nyc_social_media_usage"),
    "us-digital-registry-2014": ("SMR-facebook-export_6-6-14.csv", "accounts", "us_digital_registry"),
    "us-congress": ("legislators-social-media.yaml", "accounts", "us_congress"),
    "congresstweets-users": ("historical-users-filtered.json", "accounts", "congresstweets_users"),
    "fr-parliament-accounts": (
        "monthly_observations_2015_2018.csv",
        "observations",
        "fr_parliament_accounts",
    ),
}
API = "api/v1/"
# Lists that are the same for everybody who may read at all, and what is in them.
COMMON = {
    "platforms/": Platform,
    "metrics/": Metric,
    "rubrics/": RubricVersion,
    "maturity-runs/": MaturityRun,
}
# What a token that only reads is refused, and why: no list, a list of its managers, a question without the address it asks about.
NO_LIST = {"observations/import/": 405, "tokens/": 403, "verify/": 422}
LISTS = {
    route.removeprefix(API)
    for route in routes()
    if route.startswith(API) and "<" not in route and route.removeprefix(API) not in NO_LIST
} - {"schema/", "docs/"}
# What is read of one line or one account.
RECORDS = [
    route
    for route, methods in TABLE.items()
    if "GET" in methods and re.fullmatch(r"(lines|accounts|scorecards)/<[^<]*", route)
]
# Rows read of a list; two thousand hold every line and account of each file.
MOST = 2000
# One answer without pages.
DOCUMENTS = {"", "me/", "organisation/", "scorecards/"}
UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")


@pytest.fixture(
    scope="module",
    params=[pytest.param(folder, marks=pytest.mark.xdist_group(folder)) for folder in sorted(FILES)],
)
def judged(request, real_data, django_db_setup, django_db_blocker):
    """One file, imported and judged once for all tests of it; each test is taken back to this, and this at the end."""
    name, kind, mapping = FILES[request.param]
    around = transaction.atomic()
    with django_db_blocker.unblock():
        around.__enter__()
    try:
        with django_db_blocker.unblock():
            ensure_platforms(by=BY, at=AT)
            ensure_dictionary(by=BY, at=AT)
            path = real_data / request.param / name
            batch = stage_import(path, kind=kind, principal=Principal.system("test"), at=AT, mapping=mapping)
            apply_import(batch, at=AT)
            run = run_inline(start_run(by=BY, at=AT, wake=False), at=AT)
            ready = SimpleNamespace(folder=request.param, run=run, tree=Tree())
        yield ready
    finally:
        with django_db_blocker.unblock():
            transaction.set_rollback(True)
            around.__exit__(None, None, None)


@pytest.fixture
def hub(judged):
    """The hub's lead in a browser."""
    user = UserFactory()
    RoleFactory(user=user, role=Role.HUB_LEAD, line=None)
    client = Client()
    client.force_login(user, backend="coe.backends.HubBackend")
    return Caller(client=client)


class Tree:
    """Who is whose parent and who owns what, read row by row: apart from the closure table and the product's own scope rule."""

    def __init__(self):
        self.lines = {line.pk: line for line in BusinessLine.objects.order_by("pk")}
        self.accounts = list(SocialAccount.objects.order_by("pk"))
        self.shared = set(AccountCoOwner.objects.values_list("account_id", "line_id"))

    def within(self, top):
        """Keys of a line and of all below it."""
        found, new = {top.pk}, {top.pk}
        while new:
            new = {pk for pk, line in self.lines.items() if line.parent_id in new}
            found |= new
        return found

    def owned(self, within):
        """Accounts whose owner is one of these lines."""
        return [account for account in self.accounts if account.line_id in within]

    def known(self, within):
        """Accounts that these lines own or co-own."""
        guests = {account for account, line in self.shared if line in within}
        return [account for account in self.accounts if account.line_id in within or account.pk in guests]

    def by_size(self):
        """Lines by how many accounts they own themselves, the largest first."""
        sizes = Counter(account.line_id for account in self.accounts)
        return sorted(self.lines.values(), key=lambda line: (-sizes[line.pk], line.pk))


def test_a_full_run_gives_the_same_verdicts_on_every_database(judged):
    run = judged.run

    again = run_inline(start_run(by=BY, at=AT, wake=False), at=AT)

    assert (run.state, again.state, again.changed) == (RunState.DONE, RunState.DONE, 0)
    assert run.digest == again.digest
    found = {
        "sha256": run.digest,
        "lines": BusinessLine.objects.count(),
        "verdicts": dict(
            sorted(Counter(VerdictRow.objects.open().values_list("verdict", flat=True)).items())
        ),
        "programme": StageRow.objects.open().get(line__isnull=True, dimension="").score_tenths,
    }
    known = json.loads(KNOWN.read_text(encoding="utf-8")) if KNOWN.exists() else {}
    if os.environ.get("RENEW_VERDICTS"):
        known = dict(sorted((known | {judged.folder: found}).items()))
        KNOWN.write_text(json.dumps(known, indent=1) + "\n", encoding="utf-8")
    assert found == known[judged.folder]


def page_of(caller, path):
    """A page that opens, as text."""
    answer = caller.get(path)
    assert answer.status_code == 200, path
    return answer, body_of(answer)


def linked(html, start):
    """Where the rows of a table or list lead to, under an address."""
    return re.findall(rf'<a [^>]*?href="{start}([^"/?#]+)/"', unescape(html))


def test_the_hub_finds_every_line_and_every_account_on_its_pages(judged, hub):
    tree, lines, accounts, rows = judged.tree, [], [], []

    for number in range(1, -(-len(tree.lines) // 50) + 1):
        answer, html = page_of(hub, f"/?page={number}")
        assert (answer.context["line_total"], answer.context["account_total"]) == (
            len(tree.lines),
            len(tree.accounts),
        )
        told = re.search(r"([\d,]+) lines?, ([\d,]+) accounts?<", html)
        assert [int(n.replace(",", "")) for n in told.groups()] == [len(tree.lines), len(tree.accounts)]
        heat = html[html.index('<table class="heat">') : html.index('id="after-heat"')]
        lines += [linked(row, "/lines/")[0] for row in heat.split("<tr")[3:]]
        rows += linked(page_of(hub, f"/lines/?page={number}")[1].partition("<tbody>")[2], "/lines/")
    for number in range(1, -(-len(tree.accounts) // 50) + 1):
        answer, html = page_of(hub, f"/accounts/?page={number}")
        accounts += linked(html.partition("<tbody")[2].partition("</tbody>")[0], "/accounts/")

    codes = sorted(line.code for line in tree.lines.values())
    assert sorted(lines) == codes
    assert sorted(rows) == codes
    assert sorted(accounts) == sorted(str(account.public_id) for account in tree.accounts)


def test_line_pages_tell_the_numbers_of_the_register(judged, hub):
    tree = judged.tree
    largest, *_others, least = tree.by_size()
    parents = {line.parent_id for line in tree.lines.values() if line.parent_id}

    for line in {largest, least} | {tree.lines[pk] for pk in parents}:
        answer, html = page_of(hub, line.get_absolute_url())

        text = unescape(html)
        below = tree.owned(tree.within(line))
        own = {str(account.public_id) for account in below if account.line_id == line.pk}
        children = {one.code for one in tree.lines.values() if one.parent_id == line.pk}
        score = StageRow.objects.open().get(line=line, dimension="").score_tenths
        shown = linked(text.partition('id="h-acc"')[2].partition("</section>")[0], "/accounts/")
        assert line.name in text.partition("<h1")[2].partition("</h1>")[0]
        assert answer.context["accounts"]["total"] == len(below)
        assert f"All {len(below)}<" in text.replace(",", "")
        assert (len(shown), set(shown) - own) == (min(len(own), 8), set())
        assert {child.code for child in answer.context["children"]} == children
        assert (
            set(linked(text.partition('id="h-below"')[2].partition("</section>")[0], "/lines/")) == children
        )
        assert answer.context["card"]["score"] == (None if score is None else score // 10)


def spoke_of(tree):
    """The agency that a token is made for: the largest with lines below it but not all of them, or else with most accounts."""
    sizes = {line.pk: len(tree.within(line)) for line in tree.lines.values()}
    order = [line for line in tree.by_size() if sizes[line.pk] < len(tree.lines)]
    return max(order, key=lambda line: sizes[line.pk])


def reader_of(line):
    """A caller with a token that reads one line."""
    now = timezone.now()
    _token, secret = create_token(
        line=line, name="Suite", scopes=["read"], expires_at=now + dt.timedelta(days=1), by=BY, at=now
    )
    return Caller(secret)


def whole(call, path):
    """The first pages of a list, or a document: the count it tells (None without one), its rows, and all of its text."""
    count, rows, text = None, [], ""
    more = path if path.removeprefix(f"/{API}") in DOCUMENTS else f"{path}?limit=1000"
    while more and len(rows) < MOST:
        answer = call.get(more)
        text += body_of(answer)
        assert answer.status_code == 200, (more, text[:300])
        told = answer.json()
        count, rows = told.get("count"), rows + told.get("results", [])
        more = (told.get("next") if "count" in told else "") or (
            f"{path}?limit=1000&since={told['cursor']}" if told.get("has_more") else ""
        )
    return count, rows, text


def test_the_token_of_an_agency_sees_that_agency_only_on_every_list(judged):
    tree, agency = judged.tree, spoke_of(judged.tree)
    within = tree.within(agency)
    known = tree.known(within)
    # Beside its own: whoever shares an account with it, and the line above.
    near = within | {account.line_id for account in known} | {agency.parent_id}
    keys = {account.pk for account in known}
    near |= {line for account, line in tree.shared if account in keys}
    hidden = {str(line.public_id) for pk, line in tree.lines.items() if pk not in near}
    hidden |= {str(account.public_id) for account in tree.accounts if account.pk not in keys}
    codes = {line.code for pk, line in tree.lines.items() if pk not in near}
    call = reader_of(agency)
    expected = {route: model.objects.count() for route, model in COMMON.items()} | {
        "lines/": len(within),
        "accounts/": len(known),
        "observations/": Observation.objects.filter(account__in=keys).count(),
        "stages/": StageRow.objects.open().filter(line__in=within).count(),
        # A tag is as telling as a name: only those on accounts that the agency knows.
        "tags/": Tag.objects.filter(accounts__in=keys).distinct().count(),
    }

    counts, leaked = {}, []
    for route in sorted(LISTS):
        count, rows, text = whole(call, f"/{API}{route}")
        if count is not None:
            counts[route] = count
            assert len(rows) == min(count, MOST), route
        named = set(re.findall(r'"/(?:api/v1/)?(?:lines|scorecards)/([^"/]+)/', text))
        leaked += [(route, one) for one in (hidden & set(UUID.findall(text))) | (codes & named)]

    assert leaked == []
    assert {route: count for route, count in counts.items() if count} == {
        route: count for route, count in expected.items() if count
    }
    assert {one["code"] for one in whole(call, f"/{API}lines/")[1]} == {tree.lines[pk].code for pk in within}
    assert {one["id"] for one in whole(call, f"/{API}accounts/")[1]} == {str(one.public_id) for one in known}


def test_the_token_of_an_agency_takes_along_that_agency_only(judged):
    tree, agency = judged.tree, spoke_of(judged.tree)
    within = tree.within(agency)
    known = tree.known(within)
    call, rows = reader_of(agency), {}

    for kind in sorted(export_kinds):
        answer = call.get(f"/{API}exports/{kind}/")
        assert answer.status_code == 200, kind
        rows[kind] = list(csv.DictReader(io.StringIO(body_of(answer).removeprefix("\ufeff"))))

    codes = {tree.lines[pk].code for pk in within}
    assert {row["code"] for row in rows["lines"]} == codes
    assert {kind: len(found) for kind, found in rows.items() if found} == {
        kind: count
        for kind, count in {
            "lines": len(within),
            "accounts": len(known),
            # Unlike the list, the file holds the figures of its own lines, not those of accounts it only co-owns.
            "observations": Observation.objects.filter(account__line__in=within).count(),
            "certifications": len(
                [one for one in known if one.line_id in within and one.state in ("active", "dormant")]
            ),
        }.items()
        if count
    }
    owners = {tree.lines[account.line_id].code for account in known}
    assert {row["line"] for row in rows["accounts"]} == owners
    assert {row["line"] for row in rows["observations"]} <= owners


def test_a_foreign_record_is_not_found_wherever_its_own_is(judged):
    tree, agency = judged.tree, spoke_of(judged.tree)
    known = tree.known(tree.within(agency))
    foreign_account = next(account for account in tree.accounts if account not in known)
    call, met = reader_of(agency), {}

    for route in RECORDS:
        answers = []
        for line, account in ((agency, known[0]), (tree.lines[foreign_account.line_id], foreign_account)):
            path = route.replace("<str:code>", line.code).replace("<uuid:public_id>", str(account.public_id))
            answers.append(call.get(f"/{API}{path}").status_code)
        met[route] = answers

    assert met == {route: [200, 404] for route in RECORDS}
