"""The shipped mappings on the real files: every row accounted for, against counts worked out here with nothing but csv and yaml."""

import csv
import json
import re
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import yaml

from coe.handles import default_catalogue, identify, normalise_handle
from coe.intake import Record, Rejected, Skip, load_mapping, open_table

pytestmark = pytest.mark.real

NYC = "nyc-social-media-usage/NYC_Social_Media_Usage.csv"
REGISTRY = "us-digital-registry-2014/SMR-facebook-export_6-6-14.csv"
CONGRESS = "us-congress/legislators-social-media.yaml"
COMMITTEES = "us-congress/committees-current.yaml"
TWEETS = "congresstweets-users/historical-users-filtered.json"
FRANCE = "fr-parliament-accounts/monthly_observations_2015_2018.csv"


@dataclass
class Taken:
    """What a mapping made of a file."""

    outcomes: Counter = field(default_factory=Counter)
    records: list[Record] = field(default_factory=list)
    kept: list[Record] = field(default_factory=list)
    accounts: dict[tuple[str, str], list[dict]] = field(default_factory=lambda: defaultdict(list))
    notes: Counter = field(default_factory=Counter)


def take(name: str, path: Path) -> Taken:
    mapping, table, taken, catalogue = (
        load_mapping(name).bind(path.parent),
        open_table(path),
        Taken(),
        default_catalogue(),
    )
    mapping.check_columns(table.columns)
    for number, row in table:
        found = mapping.apply(number, row)
        if isinstance(found, Rejected):
            taken.outcomes["rejected"] += 1
        elif isinstance(found, Skip):
            taken.outcomes[found.reason] += 1
            taken.kept += found.keep
        else:
            taken.outcomes["taken"] += 1
            taken.records += found
    for record in taken.records + taken.kept:
        if record.kind == "lines":
            continue
        asked = {name: record.fields.get(name, "") for name in ("platform", "handle", "url", "line")}
        known = identify(catalogue, **asked, key_by_line=mapping.key_by_line)
        assert known.account is not None, record
        taken.accounts[known.account.platform, known.account.normalised].append(record.fields)
        taken.notes.update(code for code, _params in known.notes)
    return taken


def plain_rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def plain_yaml(path: Path):
    with path.open(encoding="utf-8") as stream:
        return yaml.load(stream, Loader=getattr(yaml, "CBaseLoader", yaml.BaseLoader))


def test_nyc_every_row_is_accounted_for(real_data):
    source = plain_rows(real_data / NYC)
    value = "Likes/Followers/Visits/Downloads"
    totals = sum(row["Agency"] == "TOTAL" for row in source)
    empty = sum(row["Agency"] != "TOTAL" and not row[value] for row in source)
    taken = take("nyc_social_media_usage", real_data / NYC)

    assert (len(source), totals, empty) == (5899, 19, 1920)
    assert taken.outcomes == {"taken": 3960, "no_value": 1920, "total_row": 19}
    assert sum(taken.outcomes.values()) == len(source)
    assert len(taken.records) == len(source) - totals - empty
    assert sum(int(record.fields["value"]) for record in taken.records) == sum(
        int(row[value]) for row in source if row[value] and row["Agency"] != "TOTAL"
    )


def test_nyc_lines_and_accounts_appear_once(real_data):
    source = [row for row in plain_rows(real_data / NYC) if row["Agency"] != "TOTAL"]
    agencies = {row["Agency"].casefold() for row in source}
    triples = {(row["Agency"], row["Platform"], row["Url"]) for row in source}
    taken = take("nyc_social_media_usage", real_data / NYC)
    lines = {record.fields["line"] for record in taken.records + taken.kept}

    # 85 spellings, two of them of one agency, and a blank one: 84 named lines and Unassigned.
    assert (len({row["Agency"] for row in source}), len(agencies - {""}), len(lines - {"UNASSIGNED"})) == (
        86,
        84,
        84,
    )
    assert "UNASSIGNED" in lines
    assert {"CHANGE-BY-US", "NYC-CO", "MAYORS-OFFICE"} <= lines
    # 294 by what is written; foursquare.com/nycgov is written twice, for followers and for badges.
    assert (len(triples), len(taken.accounts)) == (294, 293)
    assert {record.fields["metric"] for record in taken.records if record.fields["url"].endswith("foursquare.com/nycgov")} == {
        "followers", "badge_unlocks",
    }  # fmt: skip
    owners = {account: {fields["line"] for fields in found} for account, found in taken.accounts.items()}
    assert all(len(lines) == 1 for lines in owners.values())


def test_nyc_accounts_without_url_keep_their_observations(real_data):
    source = plain_rows(real_data / NYC)
    without = {(row["Agency"], row["Platform"]) for row in source if not row["Url"]}
    taken = take("nyc_social_media_usage", real_data / NYC)
    keyed = {account for account in taken.accounts if account[1].startswith("no-url:")}

    # Eight have an empty cell; two more hold a count where the address should be.
    assert len(without) == 8
    assert keyed == {
        ("broadcastr", "no-url:dot"), ("newsletter", "no-url:doe"), ("newsletter", "no-url:dot"), ("newsletter", "no-url:nycha"),
        ("newsletter", "no-url:nyc-digital-external-newsletter"), ("newsletter", "no-url:nyc-gov"), ("newsletter", "no-url:oem"),
        ("sms", "no-url:nycha"), ("sms", "no-url:oem"), ("website", "no-url:unassigned"),
    }  # fmt: skip
    assert taken.notes == {"keyed_without_url": 200, "platform_from_url": 20, "custom_domain": 40}
    observed = sum(
        bool(row["Likes/Followers/Visits/Downloads"])
        for row in source
        if row["Url"] in ("", "0") and row["Agency"] != "TOTAL"
    )
    assert sum(1 for account in keyed for fields in taken.accounts[account] if "metric" in fields) == observed


def test_nyc_observations_are_unique(real_data):
    taken = take("nyc_social_media_usage", real_data / NYC)
    keys = Counter(
        (*account, fields["metric"], fields["date"])
        for account, found in taken.accounts.items()
        for fields in found
        if "metric" in fields
    )

    assert (len(keys), max(keys.values())) == (3960, 1)
    assert len({key[3] for key in keys}) == 20


def test_us_digital_registry_owner_and_co_owners(real_data):
    source = plain_rows(real_data / REGISTRY)
    taken = take("us_digital_registry", real_data / REGISTRY)

    assert taken.outcomes == {"taken": 1161}
    assert len({row["agencies/0/agency_id"] for row in source}) == 80
    assert len({record.fields["line"] for record in taken.records}) == 80
    shared = [record for record in taken.records if record.fields["co_owners"]]
    assert len(shared) == sum(bool(row["agencies/1/agency_id"]) for row in source) == 46
    assert sum(len(record.fields["co_owners"]) for record in shared) == 48
    assert all(len(record.fields["co_owners"]) == len(record.fields["co_owner_names"]) for record in shared)
    # Facebook sees no dots in a name: NCI.HINTS and ncihints are one page, written twice.
    assert len(taken.accounts) == 1160
    assert [
        len(found) for account, found in taken.accounts.items() if account == ("facebook", "ncihints")
    ] == [2]


def test_us_congress_accounts_per_platform_and_member(real_data):
    source = plain_yaml(real_data / CONGRESS)
    names = ("twitter", "facebook", "instagram", "youtube", "mastodon")
    wanted = Counter(name for member in source for name in names if member["social"].get(name))
    channels = sum(
        "youtube_id" in member["social"] and "youtube" not in member["social"] for member in source
    )
    taken = take("us_congress", real_data / CONGRESS)

    assert (len(source), sum(wanted.values()), channels) == (519, 1671, 63)
    assert taken.outcomes == {"taken": 519}
    assert Counter(record.fields["platform"] for record in taken.records) == {
        "x": wanted["twitter"], "facebook": wanted["facebook"], "instagram": wanted["instagram"],
        "youtube": wanted["youtube"] + channels, "mastodon": wanted["mastodon"],
    }  # fmt: skip
    assert len({record.fields["line"] for record in taken.records}) == 519
    assert {record.fields["line_parent"] for record in taken.records} == {"US-HOUSE", "US-SENATE"}
    # Two entries claim facebook.com/rogermarshallmd.
    assert [account for account, found in taken.accounts.items() if len(found) > 1] == [
        ("facebook", "rogermarshallmd")
    ]


def test_us_congress_without_the_legislators_file_names_members_by_their_id(real_data):
    found = (
        load_mapping("us_congress")
        .bind({})
        .apply(1, {"id": {"bioguide": "R000600"}, "social": {"twitter": "RepAmata"}})
    )

    assert found[0].fields["line_name"] == "R000600"
    assert found[0].fields["line_parent"] == "US-CONGRESS"


def test_us_congress_committees_hang_below_their_chamber(real_data):
    source = plain_yaml(real_data / COMMITTEES)
    committees = {entry["thomas_id"] for entry in source}
    subcommittees = {
        entry["thomas_id"] + sub["thomas_id"] for entry in source for sub in entry.get("subcommittees", ())
    }
    taken = take("us_congress_committees", real_data / COMMITTEES)
    parents = {record.fields["code"]: record.fields.get("parent", "") for record in taken.records}

    assert (len(committees), len(subcommittees)) == (49, 181)
    assert set(parents) == committees | subcommittees | {"US-HOUSE", "US-SENATE", "US-JOINT"}
    assert {parents[code] for code in subcommittees} <= committees
    assert {parents[code] for code in committees} == {"US-HOUSE", "US-SENATE", "US-JOINT"}


def test_congresstweets_accounts_keep_their_former_names(real_data):
    source = json.loads((real_data / TWEETS).read_text(encoding="utf-8"))
    accounts = [account for owner in source for account in owner["accounts"]]
    taken = take("congresstweets_users", real_data / TWEETS)

    assert (len(source), len(accounts)) == (806, 1612)
    assert taken.outcomes == {"taken": 806}
    assert len(taken.accounts) == len({account["id"] for account in accounts}) == 1612
    assert len({record.fields["line"] for record in taken.records}) == 806
    assert (
        sum(bool(record.fields["previous_handles"]) for record in taken.records)
        == sum(bool(account.get("prev_names")) for account in accounts)
        == 130
    )
    assert Counter(record.fields["state"] for record in taken.records) == {"active": 1594, "closing": 18}
    assert all(re.fullmatch(r"[A-Z0-9_-]{1,40}", record.fields["line"]) for record in taken.records)


def test_french_renames_are_one_account_with_a_history(real_data):
    source = plain_rows(real_data / FRANCE)
    handles: dict[str, set[str]] = defaultdict(set)
    for row in source:
        handles[row["twitter_id"]].add(row["handle"].casefold())
    taken = take("fr_parliament_accounts", real_data / FRANCE)
    found: dict[str, set[str]] = defaultdict(set)
    x = default_catalogue().by_code["x"]
    for record in taken.records:
        found[record.fields["platform_account_id"]].add(normalise_handle(x, record.fields["handle"]) or "?")

    assert (len(source), len(handles), sum(len(names) > 1 for names in handles.values())) == (29423, 1170, 59)
    assert taken.outcomes == {"taken": 29423}
    assert found == handles


def test_french_rows_melt_into_five_metrics_each(real_data):
    source = plain_rows(real_data / FRANCE)
    columns = {
        "followers": "followers",
        "following": "following",
        "posts_total": "tweets",
        "listed": "listed",
        "favourites": "favourites",
    }
    taken = take("fr_parliament_accounts", real_data / FRANCE)
    sums: Counter = Counter()
    values: dict[tuple, set[str]] = defaultdict(set)
    for record in taken.records:
        fields = record.fields
        sums[fields["metric"]] += int(fields["value"])
        values[fields["platform_account_id"], fields["metric"], fields["date"]].add(fields["value"])

    assert len(taken.records) == 5 * len(source)
    assert sums == {metric: sum(int(row[column]) for row in source) for metric, column in columns.items()}
    # 40 rows repeat an account and a day (one person, both chambers); 16 of them with other numbers, of which the last ones stand.
    assert 5 * len(source) - len(values) == 200
    assert len({key[::2] for key, found in values.items() if len(found) > 1}) == 16
    assert max(map(len, values.values())) == 2
    assert {record.fields["line"] for record in taken.records} == {"FR-ASSEMBLEE", "FR-SENAT"}


def test_the_address_the_hub_writes_of_every_real_account_leads_to_the_same_account(real_data):
    """An export holds our own addresses: read again, each must name the very account it was written for."""
    catalogue = default_catalogue()
    path = real_data / "nyc-social-media-usage" / "NYC_Social_Media_Usage.csv"
    with path.open(encoding="utf-8-sig", newline="") as file:
        named = {(row["Platform"], row["Url"]) for row in csv.DictReader(file)}
    first = {
        found.account for name, url in named if (found := identify(catalogue, platform=name, url=url)).account
    }
    again = {
        identify(catalogue, platform=one.platform, handle=one.handle, url=one.canonical_url).account
        for one in first
        if one.canonical_url
    }

    def keys(accounts):
        return {(one.platform, one.normalised, one.canonical_url) for one in accounts if one.canonical_url}

    assert keys(again) == keys(first)
    assert len(keys(first)) > 250
