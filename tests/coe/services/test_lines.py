"""The tree of lines: its closure is right after every write, and a refusal writes nothing."""

import pytest

from coe.enums.lines import LineStatus
from coe.errors import Duplicate, Invalid, Protected, Stale, WrongState
from coe.models import BusinessLine, ChangeEvent, LineClosure, LineFact
from coe.rules.principals import Actor
from coe.services.lines import (
    NewLine,
    archive_line,
    create_line,
    edit_line,
    ensure_lines,
    line_code,
    line_key,
    move_line,
    restore_line,
)
from tests.factories import AT, AccountFactory, LineFactory

pytestmark = pytest.mark.django_db
BY = Actor.system("test")


def closure():
    """The closure as (ancestor, descendant, depth) by code."""
    return set(LineClosure.objects.values_list("ancestor__code", "descendant__code", "depth"))


def expected_closure():
    """What the closure must be, from parents alone."""
    lines = {line.pk: line for line in BusinessLine.objects.all()}
    out = set()
    for line in lines.values():
        up, depth = line, 0
        while up is not None:
            out.add((up.code, line.code, depth))
            up, depth = lines.get(up.parent_id), depth + 1
    return out


def depths_are_right():
    return all(line.depth == line.ancestor_links.count() - 1 for line in BusinessLine.objects.all())


def test_create_line_links_it_to_every_line_above():
    top = create_line(code="EU", name="Europe", by=BY, at=AT)
    mid = create_line(code="FR", name="France", parent=top, by=BY, at=AT)

    leaf = create_line(code="FR-Retail", name="Retail", parent=mid, tags=["Shop", "shop "], by=BY, at=AT)

    assert closure() == expected_closure()
    assert leaf.depth == 2
    assert [tag.name for tag in leaf.tags.all()] == ["shop"]
    assert list(ChangeEvent.objects.values_list("action", flat=True)) == ["line.created"] * 3
    assert (leaf.pk, "line") in set(LineFact.objects.values_list("line_id", "fact"))


@pytest.mark.parametrize(
    ("fields", "error", "field"),
    [
        ({"code": "eu"}, Duplicate, "code"),
        ({"code": ""}, Invalid, "code"),
        ({"code": "a b/c"}, Invalid, "code"),
        ({"name": ""}, Invalid, "name"),
        ({"time_zone": "Mars/Olympus"}, Invalid, "time_zone"),
        ({"kind": "galaxy"}, Invalid, "kind"),
        ({"colour": "red"}, Invalid, "colour"),
    ],
)
def test_create_line_refuses_and_writes_nothing(fields, error, field):
    LineFactory(code="EU")

    with pytest.raises(error) as refusal:
        create_line(**{"code": "NEW", "name": "New", "by": BY, "at": AT} | fields)

    assert refusal.value.problems[0].field == field
    assert (BusinessLine.objects.count(), ChangeEvent.objects.count(), LineFact.objects.count()) == (1, 0, 0)


def test_create_line_refuses_an_archived_parent():
    parent = LineFactory(status=LineStatus.ARCHIVED, archived_at=AT)

    with pytest.raises(WrongState):
        create_line(code="X", name="X", parent=parent, by=BY, at=AT)

    assert BusinessLine.objects.count() == 1


def test_edit_line_records_what_differs():
    line = LineFactory(code="EU", name="Europe")

    edit_line(
        line, changes={"name": "Europa", "code": "EMEA", "tags": ["Big"]}, by=BY, at=AT, expected_revision=1
    )

    line.refresh_from_db()
    assert (line.name, line.code, line.code_key, line.revision) == ("Europa", "EMEA", "emea", 2)
    event = ChangeEvent.objects.get()
    assert event.changes == {
        "name": ["Europe", "Europa"],
        "code": ["EU", "EMEA"],
        "code_key": ["eu", "emea"],
        "tags": [[], ["Big"]],
    }


def test_edit_line_writes_nothing_when_nothing_differs():
    line = LineFactory(name="Europe")

    edit_line(line, changes={"name": " Europe "}, by=BY, at=AT)

    line.refresh_from_db()
    assert (line.revision, ChangeEvent.objects.count(), LineFact.objects.count()) == (1, 0, 0)


def test_edit_line_refuses_an_old_revision():
    line = LineFactory(name="Europe", revision=5)

    with pytest.raises(Stale):
        edit_line(line, changes={"name": "Other"}, by=BY, at=AT, expected_revision=4)

    assert BusinessLine.objects.get().name == "Europe"


def test_move_line_takes_its_subtree_along():
    a, b = LineFactory(code="A"), LineFactory(code="B")
    a1 = LineFactory(code="A1", parent=a)
    a11 = LineFactory(code="A11", parent=a1)
    LineFactory(code="A111", parent=a11)
    b1 = LineFactory(code="B1", parent=b)

    move_line(a1, parent=b1, by=BY, at=AT)

    assert closure() == expected_closure()
    assert depths_are_right()

    move_line(a1, parent=None, by=BY, at=AT)

    assert closure() == expected_closure()
    assert depths_are_right()


def test_move_line_costs_the_same_for_one_line_and_for_three(django_assert_num_queries):
    tops = [LineFactory(code=f"T{n}") for n in range(2)]
    one = LineFactory(code="ONE", parent=tops[0])
    three = LineFactory(code="THREE", parent=tops[0])
    LineFactory(parent=LineFactory(parent=three))

    for line in (one, three):
        with django_assert_num_queries(14):
            move_line(line, parent=tops[1], by=BY, at=AT)


def test_a_line_is_never_its_own_ancestor():
    top = LineFactory(code="TOP")
    low = LineFactory(code="LOW", parent=LineFactory(code="MID", parent=top))
    before = closure()

    for parent in (top, low):
        with pytest.raises(Invalid) as refusal:
            move_line(top, parent=parent, by=BY, at=AT)
        assert refusal.value.problems[0].code == "line_circle"

    assert closure() == before
    assert ChangeEvent.objects.count() == 0


def test_archive_is_refused_while_records_stand_in_the_way():
    line = LineFactory(name="Europe")
    LineFactory(parent=line, name="France")
    AccountFactory(line=line, handle="acme_eu")

    with pytest.raises(Protected) as refusal:
        archive_line(line, by=BY, at=AT)

    assert refusal.value.extra["blockers"] == ["line France", "account acme_eu on Twitter"]
    line.refresh_from_db()
    assert (line.status, ChangeEvent.objects.count()) == (LineStatus.ACTIVE, 0)


def test_archive_and_restore_are_each_possible_once():
    line = LineFactory()

    archive_line(line, by=BY, at=AT)
    with pytest.raises(WrongState):
        archive_line(line, by=BY, at=AT)
    restore_line(line, by=BY, at=AT)
    with pytest.raises(WrongState):
        restore_line(line, by=BY, at=AT)

    line.refresh_from_db()
    assert (line.status, line.archived_at) == (LineStatus.ACTIVE, None)


def test_ensure_lines_finds_by_code_and_by_name_and_creates_the_rest_once():
    known = LineFactory(code="va", name="Department of Veterans Affairs (VA)")

    first = ensure_lines(
        ["VA", "Department of Veterans  Affairs (va)", "City Store", "city store", "Change by Us"],
        by=BY,
        at=AT,
    )
    second = ensure_lines(["City-Store", "CHANGE BY US"], by=BY, at=AT)

    assert first.ids["VA"] == first.ids["Department of Veterans  Affairs (va)"] == known.pk
    assert first.ids["City Store"] == first.ids["city store"] == second.ids["City-Store"]
    assert (len(first.created), len(second.created)) == (2, 0)
    assert closure() == expected_closure()
    assert ChangeEvent.objects.count() == 2


@pytest.mark.parametrize("count", [1, 3])
def test_ensure_lines_costs_the_same_for_one_and_three(django_assert_num_queries, count):
    parent = LineFactory()

    with django_assert_num_queries(9):
        ensure_lines([NewLine(f"N{n}", parent_id=parent.pk) for n in range(count)], by=BY, at=AT)


def test_codes_of_long_names_are_short_and_stay_the_same():
    name = "A very long name of an agency that nobody can pronounce, " * 3

    assert line_code(name) == line_code(name)
    assert len(line_code(name)) <= 40
    assert line_key(line_code(name)) == line_key(name)
    assert line_code(" R&D / Labs ") == "R-D-Labs"
