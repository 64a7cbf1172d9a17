import re

import pytest
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import PermissionDenied
from django.template.loader import render_to_string
from django.test import RequestFactory

from coe.enums.roles import Role
from coe.views import styleguide
from tests.house.tree import ROOT


class Person:
    is_authenticated = True
    full_name = "Hanna Lindqvist"
    email = "hanna@northwind.example"
    is_staff = False


def page(address: str = "/styleguide/") -> str:
    request = RequestFactory().get(address)
    request.user = AnonymousUser()
    context = styleguide.styleguide_context(request)
    return render_to_string(
        "styleguide/index.html",
        context | {"request": request, "csrf_token": "token", "hub": {"theme": "dark"}},
    )


def test_only_staff_may_read_the_style_page():
    request = RequestFactory().get("/styleguide/")
    request.user = Person()
    with pytest.raises(PermissionDenied):
        styleguide.styleguide(request)


def test_the_style_page_draws_every_component_with_unique_ids():
    html = page()
    ids = re.findall(r'\sid="([^"]+)"', html)
    assert sorted(ids) == sorted(set(ids))
    assert 'data-bs-theme="dark"' in html
    for piece in (
        "stage-lg",
        "verdict",
        'class="heat"',
        'aria-sort="descending"',
        "data-bulk",
        'class="tl',
        "<progress",
        "popover",
        "data-chart",
    ):
        assert piece in html


def test_what_a_page_points_at_exists():
    html = page()
    ids = set(re.findall(r'\sid="([^"]+)"', html))
    wanted = set(re.findall(r'(?:popovertarget|aria-labelledby|data-chart|for)="([^"]+)"', html))
    wanted |= {one for group in re.findall(r'aria-describedby="([^"]+)"', html) for one in group.split()}
    assert wanted - ids == set()


def test_columns_can_be_hidden_by_the_address():
    assert "Instagram" in page()
    assert "Instagram</td>" not in page("/styleguide/?col=owner")


def test_no_page_needs_inline_code():
    html = page()
    assert not re.search(r'\s(style|on[a-z]+)="', html)
    assert all('src="' in tag or 'application/json"' in tag for tag in re.findall(r"<script[^>]*>", html))


def test_every_component_is_on_the_style_page(log_in):
    # A page of its own, which asks the question of the dialog where there is no JavaScript.
    elsewhere = {"components/confirm_page.html"}

    answer = log_in(Role.AUDITOR, is_staff=True).get("/styleguide/")

    known = {f"components/{path.name}" for path in (ROOT / "templates/components").glob("*.html")}
    assert known - {template.name for template in answer.templates} == elsewhere
