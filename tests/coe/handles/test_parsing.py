"""One account, however its address is written; and nothing that is no account."""

import pytest
from hypothesis import given, strategies as st

from coe.handles import (
    Catalogue,
    Identified,
    ParsedHandle,
    canonical_url,
    default_catalogue,
    identify,
    key_without_url,
    normalise_handle,
    parse_url,
    platform_for_name,
)

CATALOGUE = default_catalogue()


def short(url: str) -> tuple[str, str] | None:
    found = parse_url(url, CATALOGUE)
    return (found.platform, found.normalised) if found else None


@pytest.mark.parametrize(
    "url, expected",
    [
        # one account, many spellings
        ("http://twitter.com/NYCHA", ("x", "nycha")),
        ("https://www.Twitter.com/nycha/", ("x", "nycha")),
        ("x.com/nycha", ("x", "nycha")),
        ("https://mobile.twitter.com/nycha?s=20#top", ("x", "nycha")),
        ("http://twitter.com/#!/nycha", ("x", "nycha")),
        ("https://twitter.com/@nycha", ("x", "nycha")),
        ("//twitter.com/nycha", ("x", "nycha")),
        ("twitter.com:443/nycha", ("x", "nycha")),
        ("https://twitter.com/nycha/status/1234567890", ("x", "nycha")),
        ("https://twitter.com/intent/user?screen_name=nycha", ("x", "nycha")),
        # Facebook
        ("http://www.facebook.com/nycgo.de", ("facebook", "nycgode")),
        ("http://www.facebook.com/EnergyNYC?sk=wall", ("facebook", "energynyc")),
        (
            "http://m.facebook.com/pages/New-York-NY/PlaNYC/160454173971169?ref=ts",
            ("facebook", "160454173971169"),
        ),
        (
            "http://www.facebook.com/#!/pages/New-York-NY/NYC-DADS/111504588886342",
            ("facebook", "111504588886342"),
        ),
        (
            "https://www.facebook.com/home.php#!/pages/NYC-CCRB/152765208087880",
            ("facebook", "152765208087880"),
        ),
        ("http://www.facebook.com/profile.php?id=1570569347", ("facebook", "1570569347")),
        (
            "https://fr-fr.facebook.com/Congressman-Tracey-Mann-105522931489227",
            ("facebook", "105522931489227"),
        ),
        ("https://www.facebook.com/groups/nyc.parks/", ("facebook", "groups/nycparks")),
        # YouTube
        ("http://www.youtube.com/user/HRANYC", ("youtube", "hranyc")),
        ("https://youtube.com/c/HraNyc", ("youtube", "hranyc")),
        ("https://m.youtube.com/@hranyc", ("youtube", "hranyc")),
        (
            "http://www.youtube.com/channel/UCi6IvOszIb3hHPMUsaNKyXA",
            ("youtube", "channel/UCi6IvOszIb3hHPMUsaNKyXA"),
        ),
        # LinkedIn
        ("http://www.linkedin.com/companies/260392/City+of+New+York?trk=x", ("linkedin", "260392")),
        ("http://www.linkedin.com/company/245926?trk=tyah", ("linkedin", "245926")),
        ("https://uk.linkedin.com/in/jane-doe", ("linkedin", "in/jane-doe")),
        ("http://www.linkedin.com/groups?gid=1545057&home=", ("linkedin", "groups/1545057")),
        # Fediverse: any host
        ("https://mastodon.social/@repcasten", ("mastodon", "repcasten@mastodon.social")),
        ("https://social.example.org/@Press", ("mastodon", "press@social.example.org")),
        ("https://social.example.org/@press@other.example", ("mastodon", "press@other.example")),
        ("@RepDonBeyer@mas.to", ("mastodon", "repdonbeyer@mas.to")),
        # others
        ("http://web.stagram.com/n/nyc_dot", ("instagram", "nyc_dot")),
        ("https://www.instagram.com/nyc.dot/", ("instagram", "nyc.dot")),
        ("https://www.tiktok.com/@nycgov?lang=en", ("tiktok", "nycgov")),
        ("https://www.threads.net/@nycgov", ("threads", "nycgov")),
        ("https://bsky.app/profile/nyc.gov", ("bluesky", "nyc.gov")),
        ("http://nyccert.tumblr.com/ ", ("tumblr", "nyccert")),
        ("https://www.tumblr.com/nyccert", ("tumblr", "nyccert")),
        ("http://311nyc.wordpress.com/", ("wordpress", "311nyc")),
        ("http://www.flickr.com/photos/nyc_doitt/", ("flickr", "nyc_doitt")),
        ("http://www.flickr.com/groups/1604085@N23/", ("flickr", "groups/1604085@n23")),
        ("http://pinterest.com/fdnyhome/", ("pinterest", "fdnyhome")),
        ("http://vimeo.com/nycschools", ("vimeo", "nycschools")),
        ("https://old.reddit.com/r/nyc/", ("reddit", "r/nyc")),
        ("https://foursquare.com/user/3045331", ("foursquare", "user/3045331")),
        (
            "https://plus.google.com/u/0/b/104030911277642419611/104030911277642419611/posts/p/pub",
            ("google_plus", "104030911277642419611"),
        ),
        ("http://itunes.apple.com/us/app/nyc-311/id324897619?mt=8", ("ios_app", "id324897619")),
        ("https://play.google.com/store/apps/details?id=gov.nyc.App&hl=fr", ("android_app", "gov.nyc.App")),
        (
            "https://whatsapp.com/channel/0029Va4K0PZ5kg6wAbCdEf",
            ("whatsapp", "channel/0029Va4K0PZ5kg6wAbCdEf"),
        ),
        ("https://t.me/s/nycgov", ("telegram", "nycgov")),
        ("https://github.com/CityOfNewYork", ("github", "cityofnewyork")),
        ("https://twitter.com/caf%C3%A9_x", ("x", "café_x")),
    ],
)
def test_address_leads_to_its_account(url, expected):
    assert short(url) == expected


@pytest.mark.parametrize(
    "url",
    [
        "", " ", "0", "877877", "2800000", "Condom Finder", "not a url", "http://", "http:///x", "https://twitter.com", "https://twitter.com/",
        "https://twitter.com/search?q=nyc", "https://x.com/home", "https://www.facebook.com/sharer.php?u=x", "https://youtube.com/watch?v=abc",
        "https://example.org/nycha", "mailto:press@example.org", "press@example.org", "javascript:alert(1)", "ftp://twitter.com/nycha",
        "http://[::1", "http://twitter.com:99999999/x", "http://user:pw@twitter.com/nycha", "http://twitter.com\u202e/nycha",
        "http://tw itter.com/x",
        "https://twitter.com/a_name_that_is_too_long", "https://twitter.com.evil.example/nycha", "https://eviltwitter.com/nycha",
        "https://127.0.0.1/@x", "https://localhost/@x", "http://" + "a" * 300 + ".com/@x", "https://x.com/" + "a" * 5000, "http://..../@x",
        "https://api.tumblr.com/x", "a.b.tumblr.com", "@only", "@a@b", "\x00", "https://twitter.com/%00abc",
    ],
)  # fmt: skip
def test_what_is_no_account_is_none(url):
    assert parse_url(url, CATALOGUE) is None


def test_parsed_handle_keeps_what_was_written_and_the_id():
    assert parse_url("https://www.facebook.com/pages/Name/84372567650/", CATALOGUE) == ParsedHandle(
        platform="facebook", handle="84372567650", normalised="84372567650",
        canonical_url="https://www.facebook.com/84372567650", account_id="84372567650",
    )  # fmt: skip
    assert parse_url("http://twitter.com/NYCHA", CATALOGUE) == ParsedHandle(
        "x", "NYCHA", "nycha", "https://x.com/NYCHA", ""
    )


def test_international_host_is_the_same_in_both_spellings():
    assert (
        short("https://bücher.example/@press")
        == short("https://xn--bcher-kva.example/@press")
        == ("mastodon", "press@xn--bcher-kva.example")
    )


@pytest.mark.parametrize(
    "code, raw, expected",
    [
        ("x", "@NYCHA", "nycha"),
        ("x", " nycha ", "nycha"),
        ("x", "a name", None),
        ("x", "", None),
        ("facebook", "NCI.HINTS", "ncihints"),
        ("facebook", "Congressman-Tracey-Mann-105522931489227", "105522931489227"),
        ("youtube", "UC3lif8TFPOe-tJ2-pE4Rp7Q", "channel/UC3lif8TFPOe-tJ2-pE4Rp7Q"),
        ("youtube", "@rep.teresalegerfernandez8059", "rep.teresalegerfernandez8059"),
        ("mastodon", "@RepAdams@Mastodon.social", "repadams@mastodon.social"),
        ("mastodon", "repadams", None),
        ("bluesky", "nyc", "nyc.bsky.social"),
        ("linkedin", "in/Jane-Doe", "in/jane-doe"),
        ("reddit", "r/NYC", "r/nyc"),
        ("sms", "877877", "877877"),
        ("ios_app", "You The Man", "you the man"),
        ("tumblr", "blog.example.org", "blog.example.org"),
        ("newsletter", "no-url:nycha", "no-url:nycha"),
    ],
)
def test_handle_is_normalised(code, raw, expected):
    assert normalise_handle(CATALOGUE.by_code[code], raw) == expected


@pytest.mark.parametrize(
    "code, handle, expected",
    [
        ("x", "nycha", "https://x.com/nycha"),
        (
            "youtube",
            "channel/UC3lif8TFPOe-tJ2-pE4Rp7Q",
            "https://www.youtube.com/channel/UC3lif8TFPOe-tJ2-pE4Rp7Q",
        ),
        ("mastodon", "@Press@social.example", "https://social.example/@Press"),
        ("tumblr", "nyccert", "https://nyccert.tumblr.com/"),
        ("wordpress", "workforce1.org", "https://workforce1.org/"),
        ("ios_app", "id324897619", "https://apps.apple.com/app/id324897619"),
        ("ios_app", "You The Man", ""),
        ("sms", "877877", ""),
        ("x", "no-url:nycha", ""),
        ("x", "", ""),
    ],
)
def test_canonical_address(code, handle, expected):
    assert canonical_url(CATALOGUE.by_code[code], handle) == expected


@pytest.mark.parametrize(
    "name, code",
    [
        ("Twitter", "x"), ("X", "x"), ("Youtube", "youtube"), ("You Tube", "youtube"), ("Linked-In", "linkedin"), ("iPhone app", "ios_app"),
        ("iPhone", "ios_app"), ("Android", "android_app"), ("Foursquare (Badge Unlock)", "foursquare"), ("Google+", "google_plus"),
        ("facebook", "facebook"), ("WordPress", "wordpress"), ("SMS", "sms"), ("Chaine WhatsApp", "whatsapp"), ("nyc.gov", "website"),
    ],
)  # fmt: skip
def test_platform_is_found_by_any_of_its_names(name, code):
    found = platform_for_name(name, CATALOGUE)

    assert found is not None
    assert found.code == code


@pytest.mark.parametrize("name", ["", " ", "TOTAL", "Facebook2"])
def test_unknown_platform_is_none(name):
    assert platform_for_name(name, CATALOGUE) is None


def test_url_is_believed_before_the_name_and_the_difference_is_noted():
    found = identify(CATALOGUE, platform="Flickr", url="http://www.facebook.com/pages/X/Y/122259604487271")

    assert found.account is not None
    assert (found.account.platform, found.account.normalised) == ("facebook", "122259604487271")
    assert found.notes == (("platform_from_url", (("named", "Flickr"), ("found", "Facebook"))),)


def test_generic_platform_keeps_its_name_whatever_the_host():
    found = identify(CATALOGUE, platform="Blog", url="http://nycgov.tumblr.com/news")

    assert found.account is not None
    assert (found.account.platform, found.account.normalised) == ("blog", "nycgov.tumblr.com/news")


def test_own_domain_is_a_handle_where_the_platform_allows_it():
    found = identify(CATALOGUE, platform="WordPress", url="http://www.workforce1.org")

    assert found.account is not None
    assert (found.account.normalised, [note[0] for note in found.notes]) == (
        "workforce1.org",
        ["custom_domain"],
    )


def test_account_without_url_is_known_by_its_line_only_when_asked():
    assert identify(CATALOGUE, platform="SMS", line="NYC & Co").problem == "account_not_named"

    keyed = identify(CATALOGUE, platform="SMS", line="NYC & Co", key_by_line=True)

    assert keyed.account == ParsedHandle("sms", "no-url:nyc-co", "no-url:nyc-co", "")
    assert [note[0] for note in keyed.notes] == ["keyed_without_url"]


@pytest.mark.parametrize(
    "asked, problem",
    [
        ({"platform": "MySpace"}, "platform_unknown"),
        ({"platform": "MySpace", "url": "http://myspace.example/x"}, "platform_unknown"),
        ({"url": "http://example.org/x"}, "url_not_understood"),
        ({"platform": "Twitter", "url": "http://example.org/x"}, "url_not_understood"),
        ({"platform": "Twitter", "handle": "a b c"}, "handle_not_understood"),
        ({"handle": "nycha"}, "account_not_named"),
        ({}, "account_not_named"),
    ],
)
def test_what_cannot_be_identified_says_why(asked, problem):
    assert identify(CATALOGUE, **asked) == Identified(None, problem, identify(CATALOGUE, **asked).params)


def test_keys_of_lines_never_meet_a_real_handle():
    key = key_without_url("Mayor's Office")

    assert key == "no-url:mayor-s-office"
    for platform in CATALOGUE:
        found = (
            parse_url(
                f"https://{platform.hosts[0].replace('{handle}', 'a').replace('*', 'a')}/{key}", CATALOGUE
            )
            if platform.hosts
            else None
        )
        assert found is None or found.normalised != key


anything = st.text(max_size=120) | st.text("htps:/.@#!?=&%x wcomt0189\u00e9\u202e[]", max_size=60)


@given(anything)
def test_parsing_never_raises(text):
    found = parse_url(text, CATALOGUE)
    assert found is None or (found.normalised and found.platform in CATALOGUE.by_code)


@given(anything, st.sampled_from(CATALOGUE.platforms))
def test_normalising_never_raises_and_is_idempotent(text, platform):
    once = normalise_handle(platform, text)
    if once is not None and platform.code not in ("facebook", "whatsapp"):
        assert normalise_handle(platform, once) in (once, None)
    canonical_url(platform, text)


@given(anything, anything, anything)
def test_identifying_never_raises(platform, handle, url):
    fresh = Catalogue(CATALOGUE.platforms)
    for name in (platform, "Twitter", "Newsletter", "WordPress"):
        found = identify(fresh, platform=name, handle=handle, url=url, line="L", key_by_line=True)
        assert (found.account is None) == bool(found.problem)


@given(st.from_regex(r"[A-Za-z]\w{2,13}", fullmatch=True, alphabet=st.characters(max_codepoint=127)))
def test_canonical_address_leads_back_to_the_account(handle):
    for platform in CATALOGUE:
        address = canonical_url(platform, handle)
        found = parse_url(address, CATALOGUE) if address else None
        if (
            found
            and not platform.generic
            and handle.lower() not in platform.reserved_names
            and not found.account_id
        ):
            assert (found.platform, found.normalised) == (platform.code, normalise_handle(platform, handle))


@pytest.mark.parametrize(
    "address",
    [
        "http://broadcastr.com/Echo.html?audioId=670026-4001",
        "https://open.spotify.com/show/OYRvsXWO50qpN04pC0KwUD",
        "https://podcasts.apple.com/us/podcast/name/id1200361736",
        "https://bsky.app/profile/did:plc:ewvi7nxzyoun6zhxrhs64oiz",
        "https://www.linkedin.com/company/acme",
        "https://www.youtube.com/channel/UCabcdefghijklmnopqrstuv",
        "https://www.facebook.com/pages/Acme/84372567650",
    ],
)
def test_a_handle_as_it_is_exported_means_the_same_account(address):
    found = parse_url(address, CATALOGUE)
    platform = CATALOGUE.by_code[found.platform]

    assert normalise_handle(platform, found.handle) == found.normalised
    again = parse_url(found.canonical_url, CATALOGUE) if found.canonical_url else found
    assert (again.platform, again.normalised) == (found.platform, found.normalised)
