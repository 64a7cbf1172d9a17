"""The shipped catalogue is complete and survives being kept in a database."""

import pytest

from coe.handles import KINDS, Catalogue, Platform, default_catalogue, name_key

WANTED = {
    "x", "facebook", "instagram", "linkedin", "youtube", "tiktok", "mastodon", "bluesky", "threads", "pinterest", "flickr", "tumblr",
    "wordpress", "vimeo", "reddit", "whatsapp", "newsletter", "ios_app", "android_app", "blog", "foursquare", "google_plus",
    "sms", "podcast", "snapchat", "telegram", "github", "website", "other",
}  # fmt: skip


def test_catalogue_has_every_platform_the_hub_promises():
    assert set(default_catalogue().by_code) >= WANTED


def test_codes_and_names_and_aliases_belong_to_one_platform_each():
    owners: dict[str, set[str]] = {}
    for platform in default_catalogue():
        for name in (platform.code, platform.name, *platform.aliases):
            owners.setdefault(name_key(name), set()).add(platform.code)

    assert {name: codes for name, codes in owners.items() if len(codes) > 1} == {}


def test_hosts_belong_to_one_platform_each():
    hosts = [host for platform in default_catalogue() for host in platform.hosts]

    assert len(hosts) == len(set(hosts))


@pytest.mark.parametrize("platform", list(default_catalogue()), ids=lambda platform: platform.code)
def test_platform_comes_back_from_its_data(platform):
    assert platform.kind in KINDS
    assert Platform.from_data(platform.to_data()) == platform


def test_platform_of_an_administrator_works_like_a_shipped_one():
    own = Platform.from_data(
        {
            "code": "intra",
            "name": "Intranet",
            "hosts": ["intra.example.org"],
            "paths": [{"match": r"/u/(?P<handle>\w+)"}],
        }
    )
    catalogue = Catalogue([own])

    assert catalogue.at_host("www.intra.example.org") == (own, "")
    assert catalogue.named("INTRANET") is own


@pytest.mark.parametrize("data", [{"name": "x"}, {"code": "x"}, {"code": "x", "name": "X", "handle": "("}])
def test_broken_platform_is_a_value_error(data):
    with pytest.raises(ValueError):
        Platform.from_data(data)


@pytest.mark.parametrize(
    ("written", "near"),
    [
        ("Instagramm", "Instagram"),
        ("You tub", "YouTube"),
        ("Face-Book!", "Facebook"),
        ("linkdin", "LinkedIn"),
    ],
)
def test_a_name_that_is_almost_a_platform_tells_which(written, near):
    assert default_catalogue().near(written)[0] == near


def test_a_name_like_no_other_is_near_to_nothing():
    assert default_catalogue().near("Qzxw") == ()
    assert default_catalogue().near("") == ()


def test_many_wrong_names_are_not_compared_for_ever():
    catalogue = Catalogue(default_catalogue())

    for number in range(2000):
        catalogue.near(f"nosuch{number}")

    assert catalogue.near("instagramm") == ()
