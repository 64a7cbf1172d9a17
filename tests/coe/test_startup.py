"""Production never serves a demo account."""

import pytest
from django.core.exceptions import ImproperlyConfigured

from coe import startup
from config.celery import _refuse_demo_accounts
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def production(settings, monkeypatch):
    settings.EMBEDDED = False
    monkeypatch.setattr(startup.connection, "close", lambda: None)  # the test's own transaction must survive


def test_web_process_refuses_a_demo_account(production):
    UserFactory(is_demo=True)
    with pytest.raises(ImproperlyConfigured, match="1 demo accounts"):
        startup.refuse_demo_accounts()


def test_worker_stops_on_a_demo_account(production):
    UserFactory(is_demo=True)
    with pytest.raises(SystemExit, match="1 demo accounts"):
        _refuse_demo_accounts()


def test_system_check_names_the_remedy(production):
    UserFactory(is_demo=True)
    (found,) = startup.no_demo_in_production(None, databases=["default"])
    assert (found.id, "demo --leave" in found.hint) == ("coe.C001", True)
    assert startup.no_demo_in_production(None) == []


def test_production_without_demo_accounts_starts(production):
    UserFactory()
    startup.refuse_demo_accounts()
    assert startup.no_demo_in_production(None, databases=["default"]) == []


def test_embedded_mode_may_hold_demo_accounts():
    UserFactory(is_demo=True)
    startup.refuse_demo_accounts()
    assert startup.no_demo_in_production(None, databases=["default"]) == []
