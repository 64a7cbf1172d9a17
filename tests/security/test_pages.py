"""What every answer carries (a strict policy, no sniffing), what no page holds (inline code, a stranger's script), and who is answered."""

import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
from django.conf import settings
from django.test import Client

from coe.enums.roles import Role
from coe.models import ImportProblem
from tests.factories import AccountFactory, BatchFactory, LineFactory
from tests.plugins.pages import hub, log_in

__all__ = ["hub", "log_in"]
pytestmark = pytest.mark.django_db
POLICY = {
    "default-src 'none'", "script-src 'self'", "style-src 'self'", "img-src 'self' data:", "font-src 'self'", "connect-src 'self'",
    "form-action 'self'", "base-uri 'none'", "frame-ancestors 'none'", "manifest-src 'self'",
}  # fmt: skip
STRANGERS = (
    "/auth/login/",
    "/auth/password/reset/",
    "/auth/signup/",
    "/no-such-page/",
    "/status/",
    "/api/v1/me/",
    "/api/v1/nothing/",
)
INSIDE = (
    "/", "/accounts/", "/auth/2fa/", "/auth/2fa/totp/activate/", "/auth/password/change/", "/me/", "/api/v1/docs/", "/api/v1/accounts/",
    "/admin/", "/admin/coe/user/", "/admin/coe/socialaccount/add/", "/no-such-page/", "/lines/NOWHERE/", "/demo/leave/",
)  # fmt: skip
SCRIPTS = (
    "<script>alert(1)</script>", "<img src=x onerror=alert(1)>", "\"><svg onload=alert(1)>", "'-alert(1)-'", "javascript:alert(1)",
    "</textarea><script>alert(1)</script>", "{{ 7*7 }}{% debug %}", "<a href=\"javascript:alert(1)\">x</a>", "&lt;script&gt;",
    "</title><script>alert(1)</script>", "<iframe srcdoc='<script>alert(1)</script>'>", "]]><script>alert(1)</script>",
)  # fmt: skip


class Code(HTMLParser):
    """Collects what would run on a page."""

    def __init__(self, text):
        super().__init__()
        self.found = []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        given = dict(attrs)
        kind = given.get("type", "")
        if tag == "script" and "src" not in given and kind not in ("application/json", "text/template"):
            self.found.append("inline script")
        if tag in ("style", "iframe", "object", "embed", "base"):
            self.found.append(tag)
        self.found += [name for name in given if name.startswith("on") or name == "style"]
        links = [value or "" for name, value in attrs if name in ("href", "src", "action")]
        self.found += [link for link in links if link.strip().lower().startswith("javascript:")]


def check(answer):
    """The headers every answer carries."""
    assert set(answer["Content-Security-Policy"].split("; ")) == POLICY
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["X-Frame-Options"] == "DENY"
    assert answer["Referrer-Policy"] == "same-origin"
    assert "camera=()" in answer["Permissions-Policy"]


@pytest.mark.parametrize("path", STRANGERS)
def test_headers_for_strangers(path):
    answer = Client().get(path, follow=True)

    check(answer)
    assert Code(answer.content.decode()).found == []


@pytest.mark.parametrize("path", INSIDE)
def test_headers_inside(log_in, path):
    client = log_in(Role.ADMINISTRATOR, is_staff=True)

    answer = client.get(path, headers={"Accept": "text/html"})

    check(answer)
    assert Code(answer.content.decode()).found == []


@pytest.mark.parametrize("text", SCRIPTS)
def test_what_people_write_never_runs(hub, log_in, text):
    account = AccountFactory(
        line=LineFactory(code="EU", name=text, description=text), display_name=text, purpose=text, notes=text, vault_reference=text,
        primary_owner=log_in(Role.VIEWER, LineFactory(), name=text, job_title=text).user,
    )  # fmt: skip
    hub.post(f"/accounts/{account.public_id}/journal/", {"body": text})
    batch = BatchFactory(file_name=text[:200], by_label=text, kind="accounts")
    ImportProblem.objects.create(batch=batch, row=2, code="x", message=text, raw={text: text})

    pages = {
        path: Code(hub.get(path, {"q": text, "url": text} if path in ("/search/", "/verify/", "/accounts/") else {}).content.decode()).found
        for path in (
            f"/accounts/{account.public_id}/", f"/accounts/{account.public_id}/edit/", "/accounts/", "/lines/", "/lines/EU/",
            "/lines/EU/edit/", f"/people/{account.primary_owner.public_id}/", "/people/", "/history/", "/search/", "/verify/", "/imports/",
            f"/imports/{batch.public_id}/", "/",
        )
    }  # fmt: skip

    assert {path: found for path, found in pages.items() if found} == {}


def test_a_foreign_host_is_not_answered():
    for host in ("evil.example", "localhost.evil.example", "testserver@evil.example", ""):
        assert (
            Client().get("/auth/login/", headers={"Host": host} if host else {"Host": " "}).status_code == 400
        )


def test_a_download_is_a_download(hub):
    batch = BatchFactory(kind="accounts", by=hub.user)
    ImportProblem.objects.create(batch=batch, row=2, code="x", message="x", raw={"<script>": "=1+1"})

    for path in (f"/imports/{batch.public_id}/rejects/", "/accounts/export/"):
        answer = hub.get(path)
        assert answer["Content-Disposition"].startswith("attachment; filename=")
        assert answer["Content-Type"].startswith("text/csv")
        assert answer["X-Content-Type-Options"] == "nosniff"


def test_cookies_are_not_for_scripts(log_in):
    client = Client()
    client.get("/auth/login/")

    assert settings.SESSION_COOKIE_HTTPONLY
    assert client.cookies["csrftoken"]["samesite"] == "Lax"


def test_a_write_without_its_token_is_refused(hub):
    strict = Client(enforce_csrf_checks=True)
    strict.cookies = hub.cookies

    assert strict.post("/me/theme/", {"theme": "dark"}).status_code == 403
    assert strict.post("/api/v1/lines/", {"code": "A"}, content_type="application/json").status_code == 403


def test_no_pattern_takes_forever():
    """No regular expression of ours has a repetition in a repetition, the shape that takes forever on the wrong text."""
    nested = re.compile(r"\([^()]*[+*][^()]*\)[+*]")
    root = Path(__file__).resolve().parents[2]
    found = [
        f"{path.relative_to(root)}: {line.strip()[:100]}"
        for room in ("coe", "metrics", "training", "governance", "config")
        for path in sorted((root / room).rglob("*.py"))
        for line in path.read_text().splitlines()
        if "re.compile(" in line and nested.search(line)
    ]

    assert [told for told in found if told.partition(":")[0] not in READ_ONE_WAY] == []


# Looked at: each inner repetition ends in a sign that the outer one needs, so a text can be read in one way only.
READ_ONE_WAY = {"coe/intake/secrets.py"}


@pytest.mark.parametrize("path", ["/", "/accounts/", "/accounts/export/", "/no-such-page/", "/admin/"])
def test_what_a_reader_sees_is_for_no_cache(log_in, path):
    answer = log_in(Role.ADMINISTRATOR, is_staff=True).get(path)

    assert "no-store" in answer["Cache-Control"] or "no-cache" in answer["Cache-Control"]
    assert "private" in answer["Cache-Control"]
