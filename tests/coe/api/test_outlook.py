"""The API as others look at it: is this account ours, what imports did, and the description that tools read."""

import datetime as dt

import pytest
from django.urls import get_resolver
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.renderers import OpenApiYamlRenderer

from coe.api.base.views import HubView
from coe.models import ImportProblem
from coe.rules.principals import Actor
from coe.services.platforms import ensure_platforms
from tests.factories import AccountFactory, BatchFactory, UserFactory
from tests.house.description import committed, read


@pytest.mark.django_db
def test_anybody_signed_in_learns_whether_an_account_is_ours(call, line_tree):
    platforms = ensure_platforms(by=Actor.system(), at=dt.datetime(2026, 1, 1, tzinfo=dt.UTC))
    AccountFactory(line=line_tree.america, platform=platforms["facebook"], handle="acme", handle_key="acme")

    ours = call.get("/api/v1/verify/?url=https://www.facebook.com/Acme").json()
    unknown = call.get("/api/v1/verify/?url=https://www.facebook.com/other").json()

    assert (ours["is_ours"], ours["verdict"], ours["line"]["code"], ours["account"]["handle"]) == (
        True,
        "ours",
        "US",
        "acme",
    )
    assert (unknown["is_ours"], unknown["verdict"], unknown["account"]) == (False, "unknown", None)
    assert call.get("/api/v1/verify/?url=nonsense").json()["verdict"] == "unreadable"
    assert call.get("/api/v1/verify/").status_code == 422


@pytest.mark.django_db
def test_imports_are_the_hubs_and_ones_own(call, hub_call, line_tree):
    mine, other = BatchFactory(by=hub_call.user), BatchFactory(by=UserFactory())
    ImportProblem.objects.create(
        batch=mine, row=3, field="url", code="handle_not_understood", message="No.", raw={"url": "x"}
    )

    assert hub_call.get("/api/v1/imports/").json()["count"] == 2
    assert hub_call.get(f"/api/v1/imports/{mine.public_id}/").json()["kind"] == "lines"
    problems = hub_call.get(f"/api/v1/imports/{mine.public_id}/problems/").json()["results"]
    assert problems == [
        {
            "row": 3,
            "is_reject": True,
            "field": "url",
            "code": "handle_not_understood",
            "message": "No.",
            "raw": {"url": "x"},
        }
    ]
    assert call.get("/api/v1/imports/").json()["count"] == 0
    assert call.get(f"/api/v1/imports/{other.public_id}/problems/").status_code == 404


def _described() -> bytes:
    return OpenApiYamlRenderer().render(
        SchemaGenerator().get_schema(request=None, public=True), renderer_context={}
    )


def test_the_committed_description_is_current():
    # To renew it: manage.py spectacular --file docs/api/openapi.yaml
    assert committed() == read(_described())


def _views(patterns):
    for pattern in patterns:
        if hasattr(pattern, "url_patterns"):
            yield from _views(pattern.url_patterns)
        elif issubclass(getattr(pattern.callback, "view_class", object), HubView):
            yield pattern.callback.view_class


def test_every_method_of_the_api_is_described_declared_and_repeatable():
    views = set(_views(get_resolver("config.api_urls").url_patterns))
    methods = [
        (view, name.upper())
        for view in views
        for name in ("get", "post", "put", "patch", "delete")
        if hasattr(view, name)
    ]

    assert len(methods) > 30
    assert [(v.__name__, m) for v, m in methods if m not in v.permissions or m not in v.operations] == []
    assert [
        v.__name__ for v, m in methods if m == "POST" and not getattr(v.post, "is_idempotent", False)
    ] == []


def test_every_operation_has_its_own_name_and_an_answer():
    described = read(_described())
    operations = [
        operation
        for path in described["paths"].values()
        for operation in path.values()
        if isinstance(operation, dict)
    ]

    assert described["openapi"].startswith("3.1")
    assert len({operation["operationId"] for operation in operations}) == len(operations)
    assert all(operation["summary"] and operation["responses"] for operation in operations)


@pytest.mark.django_db
def test_the_documentation_page_holds_under_the_strict_policy(hub_call):
    page = hub_call.get("/api/v1/docs/", Accept="text/html")
    schema = hub_call.get("/api/v1/schema/")

    html = page.content.decode()
    assert (page.status_code, schema.status_code) == (200, 200)
    assert "<script>" not in html
    assert "//cdn" not in html


@pytest.mark.django_db
def test_strangers_read_no_description(client):
    assert client.get("/api/v1/schema/").status_code == 401
    assert client.get("/api/v1/docs/").status_code == 401
