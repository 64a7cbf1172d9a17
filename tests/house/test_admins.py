"""Every model admin is one more door: it writes by its services and in no other way."""

import ast
import inspect
import textwrap
from typing import Any

import pytest
from django.contrib import admin
from django.contrib.admin.options import InlineModelAdmin

import config.urls  # noqa: F401  # closes the tables of the log-in before the site is looked at
from coe.admin.base import HubAdmin, ReadOnlyInline
from tests.house.tree import python_files, read

ADMINS = list(admin.site._registry.values())
# Django's own steps towards a row; `HubAdmin` alone says how they lead to a service.
STEPS = {
    "save_form", "save_model", "save_related", "save_formset", "save_new_objects", "delete_model", "delete_queryset", "delete_selected",
    "construct_change_message", "log_addition", "log_change", "log_deletions", "changeform_view", "delete_view", "history_view",
    "get_deleted_objects", "get_actions",
}  # fmt: skip
# What writes rows. A form or a queryset that does so here would go past the rules, the history, the facts and the outbox.
WRITES = {
    "save", "save_m2m", "create", "bulk_create", "bulk_update", "get_or_create", "update_or_create", "delete", "aupdate", "acreate",
    "raw_delete", "execute",
}  # fmt: skip
DOORS = ("create", "edit", "remove")


def overridden(found: type) -> set[str]:
    """Django's steps that a class takes into its own hands."""
    ours = found.__mro__[: found.__mro__.index(HubAdmin)]
    return {name for one in ours for name in STEPS & vars(one).keys()}


def written_past_services(source: str) -> list[str]:
    """Calls by which a module would write rows itself: `row.save()`, `rows.update(…)`, `Model.objects.create(…)`."""
    found = []
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
            continue
        owner = ast.unparse(node.func.value)
        is_write = (node.func.attr in WRITES and owner != "self") or (
            node.func.attr in {"update", "set", "add", "remove", "clear"} and "objects" in owner
        )
        if is_write:
            found.append(ast.unparse(node.func))
    return found


def services_called(function: Any) -> set[str]:
    """The services that a function calls, also through functions of its own class or module that it names."""
    globals_ = inspect.unwrap(function).__globals__
    tree = ast.parse(textwrap.dedent(inspect.getsource(function)))
    names = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    return {
        name
        for name in names
        if (getattr(globals_.get(name), "__module__", "") or "").split(".")[1:2] == ["services"]
    }


def doors(found: admin.ModelAdmin) -> list[tuple[str, object]]:
    """Where a model admin writes: what it creates, edits and removes, and the deeds of its list."""
    kind = type(found)
    written = [
        (name, getattr(kind, name)) for name in DOORS if getattr(kind, name) is not getattr(HubAdmin, name)
    ]
    deeds = [
        (name, getattr(one, "write", one)) for name, one in inspect.getmembers(kind) if hasattr(one, "right")
    ]
    return [*written, *deeds]


@pytest.mark.parametrize("found", ADMINS, ids=str)
def test_an_admin_takes_no_step_past_its_services(found):
    assert isinstance(found, HubAdmin)
    assert overridden(type(found)) == set()
    assert (tuple(found.list_editable), found.save_as) == ((), False)
    assert [one for one in found.inlines if not issubclass(one, ReadOnlyInline)] == []
    for inline in found.inlines:
        assert {"has_add_permission", "has_change_permission", "has_delete_permission"} & vars(
            inline
        ).keys() == set()


@pytest.mark.parametrize("found", ADMINS, ids=str)
def test_whatever_an_admin_writes_calls_a_service(found):
    silent = []
    for name, function in doors(found):
        helpers = [
            getattr(type(found), word)
            for word in inspect.unwrap(function).__code__.co_names
            if word.startswith("_") and callable(getattr(type(found), word, None))
        ]
        if not set().union(*(services_called(one) for one in (function, *helpers))):
            silent.append(name)

    assert silent == []


@pytest.mark.parametrize("found", ADMINS, ids=str)
def test_every_deed_of_an_admin_is_in_its_list(found):
    deeds = {name for name, one in inspect.getmembers(type(found)) if hasattr(one, "right")}

    assert deeds == set(found.actions or ())


@pytest.mark.parametrize("found", ADMINS, ids=str)
def test_a_page_that_nobody_edits_says_where_it_comes_from(found):
    if type(found).edit is HubAdmin.edit and type(found).create is HubAdmin.create:
        assert str(found.origin)


def test_no_module_of_an_admin_writes_rows():
    found = {
        name: calls
        for name in python_files()
        if "/admin/" in name and not name.startswith("tests/")
        if (calls := written_past_services(read(name)))
    }

    assert found == {}


def test_no_inline_writes():
    classes = [one for found in ADMINS for one in found.inlines]

    assert all(issubclass(one, InlineModelAdmin) and one.extra == 0 and not one.can_delete for one in classes)


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("edit_line(obj, changes=changes)", []),
        ("values.update(a=1)", []),
        ("self.create(request, values)", []),
        ("obj.save()", ["obj.save"]),
        ("Line.objects.filter(pk=1).update(name='x')", ["Line.objects.filter(pk=1).update"]),
        ("Line.objects.create()", ["Line.objects.create"]),
        ("form.save_m2m()", ["form.save_m2m"]),
        ("rows.delete()", ["rows.delete"]),
    ],
)
def test_a_write_past_the_services_is_found(source, expected):
    assert written_past_services(source) == expected
