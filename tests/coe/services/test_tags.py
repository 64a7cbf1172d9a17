"""Tags: one word for one thing, whatever people typed."""

import pytest

from coe.errors import Duplicate, Invalid, Stale
from coe.models import ChangeEvent, Tag
from coe.rules.principals import Actor
from coe.services.tags import create_tag, merge_tags, remove_tag, rename_tag
from tests.factories import AT, AccountFactory, LineFactory, TagFactory

pytestmark = pytest.mark.django_db
BY = Actor.system("test")


def test_a_tag_is_made_once_whatever_its_spelling():
    create_tag(name="  Crisis  room ", by=BY, at=AT)

    with pytest.raises(Duplicate):
        create_tag(name="CRISIS ROOM", by=BY, at=AT)

    assert list(Tag.objects.values_list("name", "key")) == [("Crisis room", "crisis room")]
    assert list(ChangeEvent.objects.values_list("action", flat=True)) == ["tag.created"]


def test_renaming_keeps_the_tag_on_everything():
    tag = TagFactory(name="Pilot")
    line = LineFactory()
    line.tags.add(tag)

    renamed = rename_tag(tag, name="Pilots 2026", by=BY, at=AT)

    assert (renamed.key, renamed.revision, [one.name for one in line.tags.all()]) == (
        "pilots 2026",
        2,
        ["Pilots 2026"],
    )
    assert ChangeEvent.objects.get().changes["name"] == ["Pilot", "Pilots 2026"]


@pytest.mark.parametrize(
    ("name", "error"), [(" ", Invalid), ("x" * 61, Invalid), ("a\x00", Invalid), ("crisis", Duplicate)]
)
def test_a_bad_new_name_changes_nothing(name, error):
    TagFactory(name="Crisis")
    tag = TagFactory(name="Pilot")

    with pytest.raises(error):
        rename_tag(tag, name=name, by=BY, at=AT)

    tag.refresh_from_db()
    assert (tag.name, ChangeEvent.objects.count()) == ("Pilot", 0)


def test_merging_hangs_everything_on_the_other_tag_once():
    one, other = TagFactory(name="crisis"), TagFactory(name="crises")
    both, account = LineFactory(), AccountFactory()
    both.tags.set([one, other])
    account.tags.add(one)

    kept = merge_tags(one, into=other, by=BY, at=AT)

    assert list(Tag.objects.all()) == [kept] == [other]
    assert ([*both.tags.all()], [*account.tags.all()], kept.revision) == ([other], [other], 2)
    assert ChangeEvent.objects.get().changes == {"into": [None, "crises"], "records": [None, 1]}


def test_a_tag_is_not_merged_into_itself():
    tag = TagFactory()

    with pytest.raises(Invalid):
        merge_tags(tag, into=tag, by=BY, at=AT)

    assert Tag.objects.count() == 1


def test_removing_takes_the_tag_off_and_leaves_the_records():
    tag, line = TagFactory(name="Old"), LineFactory()
    line.tags.add(tag)

    with pytest.raises(Stale):
        remove_tag(tag, by=BY, at=AT, expected_revision=7)
    assert line.tags.count() == 1

    remove_tag(tag, by=BY, at=AT)
    assert (line.tags.count(), Tag.objects.count()) == (0, 0)
    assert ChangeEvent.objects.get().changes == {"name": ["Old", None], "records": [1, None]}
