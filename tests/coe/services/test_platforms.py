"""The catalogue of platforms in the database."""

import pytest

from coe import handles
from coe.enums.accounts import PlatformDecision
from coe.errors import Duplicate, Invalid
from coe.models import ChangeEvent, Platform
from coe.rules.principals import Actor
from coe.services.platforms import (
    catalogue,
    create_platform,
    decide_platform,
    edit_platform,
    ensure_platforms,
)
from tests.factories import AT

pytestmark = pytest.mark.django_db
BY = Actor.system("test")


def test_ensure_platforms_is_safe_twice_and_keeps_what_people_edited():
    ensure_platforms(by=BY, at=AT)
    count = Platform.objects.count()
    edit_platform(Platform.objects.get(code="x"), changes={"name": "Twitter"}, by=BY, at=AT)

    ensure_platforms(by=BY, at=AT)

    assert (Platform.objects.count(), Platform.objects.get(code="x").name) == (count, "Twitter")
    assert count >= 20


def test_the_catalogue_of_the_database_reads_addresses_as_the_shipped_one_does():
    ensure_platforms(by=BY, at=AT)
    urls = [
        "https://twitter.com/NASA",
        "http://m.facebook.com/nasa?ref=ts",
        "https://mastodon.social/@nasa",
        "youtube.com/@NASA",
    ]

    ours, shipped = catalogue(), handles.default_catalogue()

    assert [handles.parse_url(url, ours) for url in urls] == [handles.parse_url(url, shipped) for url in urls]


def test_a_new_network_needs_no_release():
    create_platform(
        code="acme", name="Acme Talk", hosts=["talk.example"], by=BY, at=AT, url_template="https://talk.example/{handle}",
        handle_rules=[{"paths": [{"match": r"/(?P<handle>\w+)"}], "handle": r"\w+"}],
    )  # fmt: skip

    found = handles.parse_url("https://talk.example/Ada", catalogue())

    assert (found.platform, found.normalised) == ("acme", "ada")


@pytest.mark.parametrize(
    ("fields", "error"),
    [
        ({"code": "x"}, Duplicate),
        ({"code": "not a slug"}, Invalid),
        ({"handle_rules": [{"paths": [{"match": "("}]}]}, Invalid),
        ({"handle_rules": ["nonsense"]}, Invalid),
    ],
)
def test_create_platform_refuses_and_writes_nothing(fields, error):
    ensure_platforms(by=BY, at=AT)
    before = Platform.objects.count(), ChangeEvent.objects.count()

    with pytest.raises(error):
        create_platform(**{"code": "new", "name": "New", "by": BY, "at": AT} | fields)

    assert (Platform.objects.count(), ChangeEvent.objects.count()) == before


def test_a_decision_is_recorded_with_its_note():
    ensure_platforms(by=BY, at=AT)
    ChangeEvent.objects.all().delete()

    decide_platform(
        Platform.objects.get(code="tiktok"),
        decision=PlatformDecision.PROHIBITED,
        note="Board, 3 March",
        by=BY,
        at=AT,
    )

    event = ChangeEvent.objects.get()
    assert (event.action, event.changes["decision"]) == ("platform.decided", ["", "prohibited"])
