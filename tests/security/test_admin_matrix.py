"""Role × model × row in the Django admin: everybody on the staff tries every list, form, deletion and suggestion.

A list or suggestion never holds the mark of a row out of scope, a row out of scope is not found, a refused form writes nothing.
"""

import pytest
from django.contrib import admin
from django.urls import reverse

import config.urls  # noqa: F401  # closes the tables of the log-in before the site is looked at
from coe.enums.roles import Role
from tests.house.routes.admin import ADMIN
from tests.house.routes.callers import PEOPLE, come
from tests.house.routes.matrix import body_of, is_hidden, marks_in, routes, taken_back
from tests.house.routes.world import build

pytestmark = pytest.mark.django_db
SITE = {
    f"{model._meta.app_label}/{model._meta.model_name}": found
    for model, found in admin.site._registry.items()
}
# Pages of the site itself; everything else belongs to a model.
OF_THE_SITE = {
    "admin/", "admin/login/", "admin/logout/", "admin/password_change/", "admin/password_change/done/", "admin/autocomplete/",
    "admin/jsi18n/", "admin/r/<path:content_type_id>/<path:object_id>/", "admin/^r/", "^admin/r/", "admin/(?P<url>.*)$",
}  # fmt: skip


def rows_of(name, world):
    """Place → key of a row, for a model that has rows on lines."""
    model, found = SITE[name].model, {}
    for place, held in world.places.items():
        key = {
            "coe/businessline": held.line.pk,
            "coe/user": held.person.pk,
            "coe/socialaccount": held.account.pk,
            "coe/roleassignment": held.role.pk,
            "coe/servicetoken": held.token.pk,
            "metrics/target": held.target.pk,
            "coe/importbatch": held.batch.pk,
            "coe/notice": held.notice.pk,
        }.get(name)
        if name == "metrics/observation":
            key = model.objects.get(account=held.account).pk
        elif name == "metrics/targetstage":
            key = model.objects.get(line=held.line).pk
        elif name == "coe/changeevent":
            key = model.objects.get(line_id=held.line.pk).pk
        elif key is None:
            key = getattr(model.objects.order_by("pk").first(), "pk", None)
        found[place] = key
    return found


def test_every_model_of_the_admin_is_classified():
    assert set(SITE) == set(ADMIN), "say in tests/house/routes/admin.py what the admin shows of these models"


def test_every_route_of_the_admin_belongs_to_a_model():
    ours = {
        f"admin/{name}/{rest}"
        for name in ADMIN
        for rest in (
            "",
            "add/",
            *(f"<path:object_id>/{act}" for act in ("history/", "delete/", "change/", "")),
        )
    }
    found = {route for route in routes() if route.lstrip("^").startswith("admin/")}

    assert {route for route in found - ours - OF_THE_SITE if "app_label" not in route} == set()


@pytest.mark.parametrize("name", PEOPLE)
def test_the_admin(name):
    world = build()
    who = come(name, world, is_staff=True)
    wrong = []

    def opened(method, path, expected, form=None):
        with taken_back() as written:
            answer = (
                who.call.client.generic(method, path) if form is None else who.call.client.post(path, form)
            )
            text = body_of(answer).casefold()
        met = "lost" if answer.status_code == 302 and answer["Location"] == "/admin/" else answer.status_code
        if met not in expected:
            wrong.append(f"{method} {path}: met {met}, expected {expected}")
        if form is not None and written:
            wrong.append(f"{method} {path}: wrote {written[0][:80]}")
        wrong.extend(f"{method} {path}: {mark}" for mark in sorted(marks_in(text)) if is_hidden(who, mark))

    for model, rule in ADMIN.items():
        reads = who.anywhere(rule.read)
        opened("GET", f"/admin/{model}/", (200,) if reads else (403,))
        opened("GET", f"/admin/{model}/add/", (200,) if rule.add and rule.add in who.company else (403,))
        if SITE[model].search_fields and reads:
            opened("GET", f"/admin/{model}/?q=zq", (200,))
        rows = rows_of(model, world)
        # To those who see everything, or nothing, one row stands for all; so it does where rows are of no line.
        near = ("own", "shared", "sibling") if who.has_line and len(set(rows.values())) > 1 else ("sibling",)
        for place in near if rows["sibling"] else ():
            key = rows[place]
            shown = rule.shows(who, place)
            edits = rule.edit is not None and rule.edit in who.company
            opened("GET", f"/admin/{model}/{key}/change/", (200,) if shown else (403, "lost"))
            if place != "sibling":
                continue
            opened("GET", f"/admin/{model}/{key}/history/", (200,) if shown else (403, "lost"))
            opened("POST", f"/admin/{model}/{key}/delete/", (403, "lost"), {"post": "yes"})
            if not (shown and edits):
                opened("POST", f"/admin/{model}/{key}/change/", (403, "lost"), {"name": "x"})
    for model, found in SITE.items():
        app, model_name = model.split("/")
        for field in found.autocomplete_fields:
            target = SITE[f"{app}/{found.model._meta.get_field(field).related_model._meta.model_name}"]
            may = who.anywhere(ADMIN[f"{app}/{target.model._meta.model_name}"].read)
            query = f"app_label={app}&model_name={model_name}&field_name={field}&term="
            opened("GET", f"/admin/autocomplete/?{query}zq", (200,) if may else (403,))

    assert wrong == []


@pytest.mark.parametrize("role", (Role.ADMINISTRATOR, Role.HUB_LEAD, Role.LINE_LEAD))
def test_the_admin_is_for_its_staff(role):
    world = build()
    who = come(role, world)

    met = {
        path: who.call.client.get(path).status_code
        for path in ("/admin/", "/admin/autocomplete/", *(f"/admin/{model}/" for model in ADMIN))
    }

    assert set(met.values()) == {302}
    assert who.call.client.get("/admin/", follow=True).status_code == 403


def test_a_record_is_not_reached_by_its_number(client):
    world = build()
    who = come(Role.VIEWER, world, is_staff=True)
    from django.contrib.contenttypes.models import ContentType

    kind = ContentType.objects.get_for_model(type(world.places["sibling"].line)).pk

    assert who.call.client.get(f"/admin/r/{kind}/{world.places['sibling'].line.pk}/").status_code == 404


def test_the_admin_asks_for_the_password_on_the_one_page_that_throttles(client):
    answer = client.get(reverse("admin:index"), follow=True)

    assert answer.redirect_chain[-1][0].startswith("/auth/login/?next=")
