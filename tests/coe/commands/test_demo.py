"""`manage.py demo` as `./run` calls it."""

import io

import pytest
from django.core.management import CommandError, call_command

from coe.demo.company import PASSWORD
from coe.models import BusinessLine, Organisation, User
from coe.registries import demo_builders
from tests.factories import LineFactory, UserFactory

pytestmark = pytest.mark.django_db


def demo(*arguments):
    out = io.StringIO()
    call_command("demo", *arguments, stdout=out)
    return out.getvalue()


def test_demo_loads_tells_three_logins_and_leaves(monkeypatch):
    monkeypatch.setattr(demo_builders, "_items", {"coe": demo_builders["coe"]})
    assert demo("--if-empty") == "Northwind Group: 12 lines, 180 accounts, 60 people.\n"
    told = demo("--logins").splitlines()
    assert [line.split()[-2:] for line in told] == [
        ["amara.okafor@northwind.example", PASSWORD],
        ["katharina.vogt@northwind.example", PASSWORD],
        ["tomasz.wilk@northwind.example", PASSWORD],
    ]
    for line in told:
        assert User.objects.get(email=line.split()[-2]).check_password(PASSWORD)
    assert "Administrator: ada@example.com" in demo("--leave", "--admin-email", "ada@example.com")
    assert (BusinessLine.objects.count(), demo("--logins")) == (0, "")


def test_hub_with_lines_is_left_alone_politely_or_loudly():
    LineFactory()
    assert "not loaded" in demo("--if-empty")
    for arguments in ([], ["--reset"], ["--leave"]):
        with pytest.raises(CommandError):
            demo(*arguments)
    assert BusinessLine.objects.count() == 1


def test_administrator_needs_an_address():
    Organisation.objects.update_or_create(pk=1, defaults={"is_demo": True})
    UserFactory(is_demo=True)
    with pytest.raises(CommandError, match="email"):
        demo("--leave", "--admin-email", "nobody")
    assert User.objects.count() == 1


def test_production_has_no_demo_logins(settings):
    settings.EMBEDDED = False
    UserFactory(email="amara.okafor@northwind.example", is_demo=True)
    assert demo("--logins") == ""
