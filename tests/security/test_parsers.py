"""Wild input at every parser: an answer or one of its documented errors, and nothing else, however broken the input is."""

import datetime as dt
import gzip
import io
import json

import openpyxl
import pytest
import yaml
from hypothesis import HealthCheck, example, given, settings, strategies as st

from coe import handles
from coe.handles.catalogue import default_catalogue
from coe.intake import IntakeError, RowProblem, load_mapping, open_table, values
from metrics.scoring.errors import RubricInvalid
from metrics.scoring.loader import load_rubric

WILD = settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
NUMBERISH = st.text(alphabet="0123456789.,'’   -+%()eEkKmMnaifx€$٣²½", max_size=24)
DATEISH = st.text(alphabet="0123456789-/.: TZ+PJanFebMarMai", max_size=32)
CATALOGUE = default_catalogue()
URLISH = st.builds(
    "{}{}{}".format,
    st.sampled_from(["", "http://", "https://", "//", "HTTPS://WWW.", "javascript:", "mailto:", "@"]),
    st.sampled_from(
        [
            "x.com",
            "twitter.com/",
            "facebook.com/pages/",
            "youtube.com/@",
            "[::1]",
            "bsky.app/profile/",
            "xn--",
            "",
        ]
    ),
    st.text(max_size=30),
)
PARSERS = {
    "decimal": (values.parse_decimal, NUMBERISH),
    "whole": (values.parse_int_exact, NUMBERISH),
    "scaled": (lambda text: values.to_scaled(text, 4), NUMBERISH),
    "percent": (values.parse_percent, NUMBERISH),
    "date": (values.parse_date, DATEISH),
    "moment": (lambda text: values.parse_moment(text, zone=dt.UTC), DATEISH),
    "duration": (values.parse_duration, NUMBERISH),
    "bool": (values.parse_bool, st.text(max_size=12)),
    "text": (values.parse_text, st.text(max_size=60)),
    "list": (values.parse_list, st.text(max_size=60)),
}


@pytest.mark.parametrize("name", PARSERS)
def test_cells(name):
    parse, likely = PARSERS[name]

    @WILD
    @given(st.one_of(st.text(max_size=40), likely))
    @example("9" * 5000)
    @example("1e999999999")
    @example("NaN")
    @example("-Infinity")
    @example("2026-02-30")
    @example("\x00")
    @example("\ud800")
    def check(text):
        try:
            parse(text)
        except IntakeError:
            pass

    check()


@WILD
@given(st.one_of(st.text(max_size=60), URLISH))
@example("https://[")
@example("https://x.com/" + "a" * 5000)
@example("https://x.com/%00")
@example("https://x.com/\ud800")
def test_addresses(text):
    found = handles.parse_url(text, CATALOGUE)

    assert found is None or found.platform in CATALOGUE.by_code
    for platform in CATALOGUE.by_code.values():
        handles.normalise_handle(platform, text)


def workbook():
    """A small XLSX."""
    book = openpyxl.Workbook()
    book.active.append(["code", "name"])
    book.active.append(["A", 1.5])
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


FILES = {
    "lines.csv": b'code;name\nA;Alpha\nB;"Beta\nGamma"\n',
    "lines.tsv": b"code\tname\nA\tAlpha\n",
    "lines.json": json.dumps([{"code": "A", "name": {"en": "Alpha"}}, {"code": "B"}]).encode(),
    "lines.ndjson": b'{"code": "A"}\n{"code": "B", "name": null}\n',
    "lines.yaml": b"- code: A\n  name: Alpha\n- code: B\n",
    "lines.xlsx": workbook(),
    "lines.csv.gz": gzip.compress(b"code,name\nA,Alpha\n"),
}


@pytest.mark.parametrize("name", FILES)
def test_files(name):
    whole = FILES[name]

    @WILD
    @given(
        st.one_of(
            st.binary(max_size=200),
            st.text(max_size=200).map(lambda text: text.encode("utf-8", "surrogatepass")),
            # The real file with a piece cut out and another put in.
            st.builds(
                lambda at, length, put: whole[:at] + put + whole[at + length :],
                st.integers(0, len(whole)), st.integers(0, 40), st.binary(max_size=12),
            ),
        )
    )  # fmt: skip
    @example(whole)
    @example(b"")
    @example(b"\xef\xbb\xbf" + whole)
    @example(whole.decode("latin-1").encode("utf-16"))
    def check(content):
        try:
            for _number, row in open_table(io.BytesIO(content), name=name):
                assert isinstance(row, (dict, RowProblem))
        except IntakeError:
            pass

    check()


@WILD
@given(st.one_of(st.text(max_size=120), st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.text(max_size=8)),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.sampled_from(
        ["name", "kind", "fields", "metrics", "code", "version", "levels", "dimensions", "criteria", "x"]
    ), inner, max_size=4)),
    max_leaves=8,
).map(lambda tree: yaml.safe_dump(tree, allow_unicode=True))))  # fmt: skip
@example("&a [*a, *a]")
@example("!!python/object/apply:os.system [ls]")
@example("[" * 3000)
def test_yaml_of_people(text):
    try:
        load_mapping(text + "\n")
    except IntakeError:
        pass
    try:
        load_rubric(text)
    except RubricInvalid:
        pass
