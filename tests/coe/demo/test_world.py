"""Loading: only into an empty hub in the embedded mode, all or nothing."""

import pytest

from coe.demo.world import load_demo, logins
from coe.errors import WrongState
from coe.models import BusinessLine, ChangeEvent, Organisation, User
from coe.registries import demo_builders
from tests.factories import AT, LineFactory

pytestmark = pytest.mark.django_db


def state():
    return (BusinessLine.objects.count(), User.objects.count(), ChangeEvent.objects.count())


def test_hub_with_lines_is_left_alone():
    LineFactory()
    before = state()
    with pytest.raises(WrongState, match="holds lines already"):
        load_demo(at=AT)
    assert state() == before


def test_reset_refuses_a_real_hub():
    LineFactory()
    before = state()
    with pytest.raises(WrongState, match="not the demo company"):
        load_demo(at=AT, reset=True)
    assert state() == before


def test_production_refuses(settings):
    settings.EMBEDDED = False
    with pytest.raises(WrongState, match="embedded mode only"):
        load_demo(at=AT)
    assert state() == (0, 0, 0)


def test_builder_that_breaks_leaves_nothing_behind(monkeypatch):
    def broken(world):
        if world.step == 1:
            raise RuntimeError("broken")

    monkeypatch.setattr(demo_builders, "_items", {"coe": demo_builders["coe"], "broken": broken})
    with pytest.raises(RuntimeError):
        load_demo(at=AT)
    assert state() == (0, 0, 0)
    assert not Organisation.objects.filter(is_demo=True).exists()


def test_empty_hub_has_no_demo_logins():
    assert logins() == []
