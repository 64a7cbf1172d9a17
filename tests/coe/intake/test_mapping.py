"""Mappings turn rows of any source into records, skips or problems, and never raise on a row."""

import datetime as dt

import pytest
from hypothesis import given, settings, strategies as st

from coe.intake import (
    KINDS,
    IntakeError,
    Record,
    Rejected,
    RowProblem,
    Skip,
    guess_mapping,
    identity_mapping,
    load_mapping,
    shipped_mappings,
)

VISITS = """
kind: observations
numbers: comma_groups
dates: ["%d.%m.%Y"]
account_key: line
create: {lines: true, accounts: true}
default_line: {code: UNASSIGNED, name: Unassigned}
skip:
- {column: Unit, equals: [total, subtotal], reason: total_row}
- {column: Note, matches: "^ignore"}
- {column: Likes, empty: true, reason: no_value, keep: [accounts, lines]}
fields:
  line: {column: Unit, case: code}
  line_name: Unit
  platform: {column: Net, values: {Linked-In: linkedin}, other: keep}
  url: {column: Link, nulls: [n/a, 0]}
  account_name: {template: "{Unit} on {Net}"}
  metric: {column: Net, values: {SMS: subscribers}, other: default, default: followers}
  date: Day
  value: Likes
"""


def row(**cells: str) -> dict[str, str]:
    return {
        "Unit": "Press",
        "Net": "Twitter",
        "Link": "x.com/press",
        "Day": "31.12.2013",
        "Likes": "1,234",
        "Note": "",
        **cells,
    }


def test_row_becomes_a_record():
    assert load_mapping(VISITS).apply(2, row()) == [
        Record("observations", {
            "line": "PRESS", "line_name": "Press", "platform": "Twitter", "url": "x.com/press", "account_name": "Press on Twitter",
            "metric": "followers", "date": dt.date(2013, 12, 31), "value": "1234",
        })
    ]  # fmt: skip


@pytest.mark.parametrize(
    "cells, field, expected",
    [
        ({"Net": "LINKED-IN"}, "platform", "linkedin"),
        ({"Net": "sms"}, "metric", "subscribers"),
        ({"Link": "N/A"}, "url", ""),
        ({"Unit": ""}, "line", "UNASSIGNED"),
        ({"Unit": ""}, "line_name", "Unassigned"),
        ({"Unit": ""}, "account_name", ""),
        ({"Unit": "Mayor's Office"}, "line", "MAYORS-OFFICE"),
        ({"Likes": "1234.5"}, "value", "1234.5"),
    ],
)
def test_field_follows_its_rule(cells, field, expected):
    (record,) = load_mapping(VISITS).apply(2, row(**cells))

    assert record.fields[field] == expected


@pytest.mark.parametrize(
    "cells, expected",
    [
        ({"Unit": "TOTAL"}, Skip("total_row")),
        ({"Unit": "Subtotal"}, Skip("total_row")),
        ({"Note": "ignore me"}, Skip("skipped_by_rule")),
    ],
)
def test_row_is_skipped_for_a_reason(cells, expected):
    assert load_mapping(VISITS).apply(2, row(**cells)) == expected


def test_skipped_row_can_still_bring_its_account_and_line():
    assert load_mapping(VISITS).apply(2, row(Likes="")) == Skip("no_value", (
        Record("accounts", {
            "line": "PRESS", "line_name": "Press", "platform": "Twitter", "url": "x.com/press", "display_name": "Press on Twitter",
        }),
        Record("lines", {"code": "PRESS", "name": "Press"}),
    ))  # fmt: skip


def test_row_says_all_that_is_wrong_with_it():
    found = load_mapping(VISITS).apply(7, row(Likes="many", Day="31.02.2013"))

    assert isinstance(found, Rejected)
    assert [(problem.row, problem.field, problem.code) for problem in found.problems] == [
        (7, "date", "date_not_existing"),
        (7, "value", "number_not_understood"),
    ]


def test_row_that_could_not_be_shaped_stays_a_problem():
    problem = RowProblem.of("too_few_cells", 3, found=1, expected=6)

    assert load_mapping(VISITS).apply(3, problem) == Rejected((problem,))


def test_one_row_melts_into_several_records():
    mapping = load_mapping("""
kind: observations
fields: {platform: {constant: x}, handle: name, date: day}
records:
- {when: followers, fields: {metric: {constant: followers}, value: followers}}
- {when: posts, fields: {metric: {constant: posts}, value: posts}}
""")

    found = mapping.apply(2, {"name": "a", "day": "2026-01-31", "followers": "10", "posts": "3"})

    assert [(record.fields["metric"], record.fields["value"]) for record in found] == [
        ("followers", "10"),
        ("posts", "3"),
    ]
    assert len(mapping.apply(3, {"name": "a", "day": "2026-01-31", "followers": "10", "posts": ""})) == 1
    assert mapping.apply(4, {"name": "a", "day": "2026-01-31"}) == Skip("no_records")


def test_nested_lists_and_joined_files_are_reached_by_paths(tmp_path):
    (tmp_path / "people.yaml").write_text("- {id: {key: K1}, name: Ann, terms: [{type: a}, {type: b}]}\n")
    mapping = load_mapping("""
kind: accounts
joins: {person: {file: people.yaml, key: id.key, column: id}}
fields: {line: {column: [person.nick, person.name]}, line_parent: person.terms.-1.type}
records:
- {each: accounts, fields: {platform: {constant: x}, handle: item.screen_name, previous_handles: item.former}}
""").bind(tmp_path)

    found = mapping.apply(
        1, {"id": "K1", "accounts": [{"screen_name": "a", "former": ["b", "c"]}, {"screen_name": "d"}]}
    )

    assert [record.fields for record in found] == [
        {"line": "Ann", "line_parent": "b", "platform": "x", "handle": "a", "previous_handles": ("b", "c")},
        {"line": "Ann", "line_parent": "b", "platform": "x", "handle": "d", "previous_handles": ()},
    ]
    missing = mapping.apply(2, {"id": "K2", "accounts": []})
    assert isinstance(missing, Rejected)
    assert missing.problems[0].code == "join_missing"


def test_joined_file_must_be_there_unless_it_is_optional(tmp_path):
    text = (
        "kind: accounts\njoins: {p: {file: p.yaml, key: id, column: id%s}}\nfields: {line: [p.name]}".replace(
            "[p.name]", "p.name"
        )
    )

    with pytest.raises(IntakeError, match=r"joins the file p\.yaml"):
        load_mapping(text % "").bind(tmp_path)
    assert load_mapping(text % ", optional: true").bind(tmp_path).apply(1, {"id": "a"}) == [
        Record("accounts", {"line": ""})
    ]


@pytest.mark.parametrize(
    "text, where",
    [
        ("[]", "the top"),
        ("kind: observations", "the top"),
        ("kind: observations\nfields: {colour: red}", "fields.colour"),
        ("kind: observations\nfields: {date: {columm: day}}", "fields.date"),
        ("kind: observations\nfields: {}\nnumbers: roman", "numbers"),
        ("kind: observations\nfields: {}\nzone: Mars/Olympus", "zone"),
        ("kind: observations\nfields: {}\nskip: [{column: a, matches: '('}]", "skip"),
        ("kind: observations\nfields: {line: {column: a, replace: {match: '(', with: ''}}}", "line"),
        (
            "kind: observations\nfields: {}\njoins: {a: {file: ../../etc/passwd, key: a, column: b}}",
            "joins.a.file",
        ),
        ("kind: observations\nfields: {}\nrecords: [{fields: {colour: a}}]", "records.colour"),
        ("a: &a [1]\nb: *a\n", "the top"),
        ("a: [1\n", "the top"),
        ("kind: !!python/name:os.system\nfields: {}", "the top"),
    ],
)
def test_broken_mapping_says_where(text, where):
    with pytest.raises(IntakeError) as caught:
        load_mapping(text + "\n")

    assert (caught.value.code, caught.value.params["where"]) == ("mapping_broken", where)


@pytest.mark.parametrize("name", ["nope", "../nyc", "/etc/passwd", "x.yaml", "NYC"])
def test_unknown_mapping_lists_what_there_is(name):
    with pytest.raises(IntakeError, match="there are: congresstweets_users"):
        load_mapping(name)


def test_unknown_kind_lists_what_there_is():
    with pytest.raises(IntakeError, match="lines, people, accounts, observations"):
        load_mapping("kind: invoices\nfields: {}\n")


@pytest.mark.parametrize("name", shipped_mappings())
def test_shipped_mapping_survives_being_stored(name):
    mapping = load_mapping(name)

    assert (mapping.name, load_mapping(mapping.data)) == (name, mapping)
    assert set(mapping.data["title"]) == {"en", "fr"}


def test_shipped_mappings_are_listed_by_kind():
    assert shipped_mappings("observations") == ("fr_parliament_accounts", "nyc_social_media_usage")


def test_identity_mapping_reads_our_own_export():
    columns = ["line", "platform", "handle", "url", "metric", "date", "value", "numerator", "denominator"]
    mapping = identity_mapping("observations", columns)

    found = mapping.apply(
        2,
        dict(
            zip(
                columns,
                ["OEM", "x", "a", "https://x.com/a", "er", "2026-01-31", "1.234", "", ""],
                strict=True,
            )
        ),
    )

    assert found == [Record("observations", {
        "line": "OEM", "platform": "x", "handle": "a", "url": "https://x.com/a", "metric": "er",
        "date": dt.date(2026, 1, 31), "value": "1.234", "numerator": None, "denominator": None,
    })]  # fmt: skip
    assert mapping.unused([*columns, "extra"]) == ("extra",)


def test_identity_mapping_says_which_column_is_missing():
    with pytest.raises(IntakeError) as caught:
        identity_mapping("people", ["name", "line"])

    assert (caught.value.code, caught.value.field) == ("columns_missing", "email")


def test_columns_are_checked_before_the_first_row():
    with pytest.raises(IntakeError, match="needs the column “Date Sampled”; the file has: Agency, Platform"):
        load_mapping("nyc_social_media_usage").check_columns(["Agency", "Platform"])


def test_types_of_fields_are_applied():
    mapping = identity_mapping("accounts")
    cells = {
        "tier": "2",
        "is_regulated": "oui",
        "languages": "en; fr",
        "last_post_at": "2026-01-31T10:00:00Z",
        "opened_on": "2020-02-29",
    }

    (record,) = mapping.apply(2, cells)

    assert {name: record.fields[name] for name in cells} == {
        "tier": 2, "is_regulated": True, "languages": ("en", "fr"),
        "last_post_at": dt.datetime(2026, 1, 31, 10, tzinfo=dt.UTC), "opened_on": dt.date(2020, 2, 29),
    }  # fmt: skip


@pytest.mark.parametrize(
    "kind, columns, expected",
    [
        (
            "observations", ["Agency", "Platform", "Url", "Date Sampled", "Likes/Followers/Visits/Downloads"],
            {"line": "Agency", "platform": "Platform", "url": "Url", "date": "Date Sampled", "value": "Likes/Followers/Visits/Downloads"},
        ),
        (
            "observations", ["Entité", "Réseau social", "Identifiant", "Indicateur", "Jour", "Valeur"],
            {
                "line": "Entité", "platform": "Réseau social", "handle": "Identifiant",
                "metric": "Indicateur", "date": "Jour", "value": "Valeur",
            },
        ),
        ("people", ["Courriel", "Nom complet", "Fonction"], {"email": "Courriel", "name": "Nom complet", "role": "Fonction"}),
        ("lines", ["Name", "Code", "Parent code"], {"code": "Code", "name": "Name", "parent": "Parent code"}),
        ("accounts", ["account", "name", "foo"], {"handle": "account", "display_name": "name"}),
        ("accounts", [], {}),
    ],
)  # fmt: skip
def test_columns_are_guessed_in_both_languages(kind, columns, expected):
    assert guess_mapping(columns, kind) == expected


def test_guess_is_complete_for_the_canonical_names():
    for kind, fields in KINDS.items():
        assert guess_mapping(list(fields), kind) == {name: name for name in fields}


def test_problem_without_place_gets_one_from_the_row():
    problem = IntakeError("required", field="date").at(4, "other")

    assert (problem.row, problem.field, problem.message, problem.template) == (
        4,
        "date",
        "A value is needed.",
        "A value is needed.",
    )


leaf = st.text(max_size=20)
tree = st.recursive(
    leaf, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(leaf, inner, max_size=3), max_leaves=6
)
wild = {name: load_mapping(name) for name in shipped_mappings()} | {
    "visits": load_mapping(VISITS),
    "accounts": identity_mapping("accounts"),
}
columns = st.sampled_from(
    [
        *row(),
        "id",
        "accounts",
        "social",
        "subcommittees",
        "Agency",
        "Url",
        "Date Sampled",
        "chamber",
        "tier",
        "languages",
    ]
)


@settings(max_examples=200, deadline=None)
@given(st.sampled_from(sorted(wild)), st.dictionaries(columns, tree, max_size=8))
def test_no_row_makes_a_mapping_raise(name, cells):
    found = wild[name].apply(2, cells)

    assert isinstance(found, (list, Skip, Rejected))


@settings(max_examples=100, deadline=None)
@given(
    st.text(max_size=200)
    | st.recursive(
        leaf | st.none() | st.integers(), lambda i: st.dictionaries(leaf, i, max_size=3), max_leaves=5
    )
)
def test_no_text_makes_loading_raise_anything_else(source):
    try:
        load_mapping(source if isinstance(source, dict) else str(source) + "\n")
    except IntakeError:
        pass
