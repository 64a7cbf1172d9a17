"""Importing observations: the shortcut tells and stores exactly what a close look at every row does, however the file is cut."""

import io
from dataclasses import replace

import pytest

from coe.models import BusinessLine, SocialAccount
from coe.registries import import_kinds
from coe.rules.principals import Actor, Principal
from coe.services.import_runs import apply_import, stage_import
from coe.services.platforms import ensure_platforms
from coe.services.undo import undo_import
from metrics.models import AccountMonth, DailyRollup, Metric, Observation, ObservationRevision
from metrics.selectors.invariants import INVARIANTS
from metrics.services import import_observations
from tests.factories import AT, LineFactory

pytestmark = pytest.mark.django_db
BY = Actor.system("test")
MAPPING = {
    "kind": "observations",
    "numbers": "plain",
    "create": {"lines": True, "accounts": True, "metrics": True},
    "skip": [
        {"column": "line", "equals": "TOTAL", "reason": "total_row"},
        {"column": "value", "empty": True, "reason": "no_value", "keep": ["accounts"]},
    ],
    "fields": {
        name: name
        for name in (
            "line",
            "platform",
            "handle",
            "url",
            "metric",
            "date",
            "value",
            "numerator",
            "denominator",
        )
    },
}
HEADER = "line,platform,handle,url,metric,date,value,numerator,denominator"
DIRTY = f"""{HEADER}
HR,x,acme,,followers,2026-01-01,10,,
hr,x,acme,,followers,2026-01-02,11,,
HR,x,@Acme,,followers,2026-01-02, 12 ,,
HR,x,acme,,posts,2026-01-01,3,,
TOTAL,x,acme,,followers,2026-01-01,99,,
Sales,instagram,acme.sales,,followers,2026-01-01,,,
Sales,instagram,acme.sales,,followers,2026-01-02,5,,
Sales,instagram,acme.sales,,followers,2026-01-02,5,,
Sales,instagram,acme.sales,,followers,2026-01-03,five,,
Sales,instagram,acme.sales,,followers,2026-02-30,5,,
Sales,instagram,acme.sales,,followers,2031-01-01,5,,
Sales,instagram,acme.sales,,followers,2026-01-04,-5,,
Sales,instagram,acme.sales,,followers,2026-01-04,7,1,
Sales,instagram,acme.sales,,followers,2026-01-05,7.0,,
Sales,instagram,acme.sales,,followers,2026-01-06,7.5,,
Sales,instagram,acme.sales,,response_rate,2026-01-04,7,1,4
Sales,instagram,acme.sales,,followers,2026-01-07,999999999999999999999,,
Sales,instagram,acme.sales,,followers,2026-01-08,123456789012,,
Sales,instagram,acme.sales,,charm level,2026-01-08,1,,
Sales,instagram,acme.sales,,dormant_accounts,2026-01-08,1,,
Sales,,,,dormant_accounts,2026-01-08,2,,
Sales,,,,dormant_accounts,2026-01-09,3,,
,instagram,unknown.one,,followers,2026-01-08,1,,
Sales,nowhere,x,,followers,2026-01-08,1,,
HR,x,acme,,followers,2026-01-01,10,,
HR,x,acme,,followers,2026-01-03,13,,,extra
HR,x,acme,,followers,2026-01-04,14,,
HR,x,acme,,followers,2026-01-05,15,,
Sales,x,acme,,followers,2026-01-06,16,,
"""


@pytest.fixture(autouse=True)
def platforms(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path / "media"
    return ensure_platforms(by=BY, at=AT)


def cut(monkeypatch, rows: int) -> None:
    """Let the kind work in chunks of so many rows."""
    kind = replace(import_observations.OBSERVATIONS, chunk_rows=rows)
    monkeypatch.setitem(import_kinds._items, "observations", kind)


def run(text: str):
    batch = stage_import(
        io.BytesIO(text.encode()), kind="observations", principal=Principal.system("test"), at=AT, file_name="day.csv",
        mapping=MAPPING,
    )  # fmt: skip
    preview = told(batch)
    batch = apply_import(batch, at=AT)
    assert told(batch) == preview
    return batch


def told(batch):
    counts = {
        name: getattr(batch, name)
        for name in ("rows", "created", "updated", "unchanged", "skipped", "rejected")
    }
    return counts, list(
        batch.problems.order_by("row", "id").values_list("row", "field", "code", "message", "raw")
    )


def content():
    return (
        set(BusinessLine.objects.values_list("code", "name")),
        set(SocialAccount.objects.values_list("platform__code", "handle_key", "line__code")),
        set(
            Observation.objects.values_list(
                "account__handle_key", "line__code", "metric__code", "on", "value", "numerator", "denominator", "source"
            )
        ),
        set(ObservationRevision.objects.values_list("observation__metric__code", "observation__on", "value")),
        set(DailyRollup.objects.values_list("line__code", "metric__code", "on", "total", "numerator", "denominator", "count")),
        set(AccountMonth.objects.values_list("account__handle_key", "month", "observations", "imported", "last_on")),
    )  # fmt: skip


def broken():
    return [problem for name in ("rollups", "account-months") for problem in INVARIANTS[name]()]


@pytest.mark.parametrize("rows", [3, 5_000])
def test_a_dirty_file_means_the_same_by_the_shortcut_and_by_a_close_look(monkeypatch, rows):
    cut(monkeypatch, rows)
    first = run(DIRTY)
    by_shortcut = (told(first), content())
    assert broken() == []
    undo_import(first, by=BY, at=AT)
    assert content()[2:] == (set(), set(), set(), set())

    monkeypatch.setattr(import_observations, "shortcut_of", lambda _mapping, _columns: None)
    second = run(DIRTY)

    assert by_shortcut == (told(second), content())
    assert told(second)[0]["rows"] == DIRTY.count("\n") - 1


def test_most_rows_of_a_long_file_are_never_read_by_the_mapping(monkeypatch):
    asked = []
    read = import_observations.read_parts
    monkeypatch.setattr(
        import_observations, "read_parts", lambda ctx, rows: asked.extend(rows) or read(ctx, rows)
    )
    rows = [
        f"HR,x,acme{n % 5},,{('followers', 'posts')[n % 2]},2026-01-{1 + n // 10:02},{n},,"
        for n in range(100)
    ]
    cut(monkeypatch, 40)

    batch = run("\n".join([HEADER, *rows]))

    assert told(batch)[0] == {
        "rows": 100, "created": 100, "updated": 0, "unchanged": 0, "skipped": 0, "rejected": 0,
    }  # fmt: skip
    # Five accounts and two metrics; the check and the import each look once.
    assert len(asked) == 2 * 5
    assert broken() == []


def test_decimals_and_ratios_are_stored_to_the_digit(monkeypatch):
    rows = """HR,x,acme,,engagement_rate_reach,2026-01-01,,1,10
HR,x,acme,,engagement_rate_reach,2026-01-02,,3,40
HR,x,acme,,engagement_rate_reach,2026-01-03,5,3,40
HR,x,acme,,engagement_rate_reach,2026-01-04,,3,
HR,x,acme,,first_response_minutes,2026-01-05,3.5,,
HR,x,acme,,first_response_minutes,2026-01-06,4.5,,
HR,x,acme,,first_response_minutes,2026-01-07,4.25,,
HR,x,acme,,first_response_minutes,2026-01-08,4,,
"""
    monkeypatch.setitem(MAPPING, "skip", [])

    batch = run(f"{HEADER}\n{rows}")

    assert told(batch)[0]["rejected"] == 3
    assert set(Observation.objects.values_list("on__day", "value", "numerator", "denominator")) == {
        (1, None, 1, 10),
        (2, None, 3, 40),
        (5, 35, None, None),
        (6, 45, None, None),
        (8, 40, None, None),
    }


def test_a_second_import_changes_nothing_and_another_value_keeps_the_first():
    rows = [f"HR,x,acme,,followers,2026-01-{day:02},{day}," for day in range(1, 11)]
    text = "\n".join([HEADER, *(row + "," for row in rows)])
    run(text)
    before = content()

    again = run(text)

    assert (told(again)[0]["unchanged"], content()) == (10, before)

    changed = run(text.replace("2026-01-05,5,", "2026-01-05,50,"))

    assert (told(changed)[0]["updated"], told(changed)[0]["unchanged"]) == (1, 9)
    assert list(ObservationRevision.objects.values_list("value", flat=True)) == [5]
    assert broken() == []
    undo_import(changed, by=BY, at=AT)
    assert content() == before


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("observations", f"{HEADER}\nHR,Instagramm,acme,,followers,2026-01-01,10,,\n"),
        ("accounts", "line,platform,handle\nHR,Instagramm,acme\n"),
    ],
)
def test_an_unknown_platform_is_told_with_those_written_like_it_and_where_its_names_are(kind, text):
    ensure_platforms(by=BY, at=AT)
    LineFactory(code="HR")
    Metric.objects.create(code="followers", labels={"en": "Followers"}, aggregation="last")

    batch = stage_import(
        io.BytesIO(text.encode()), kind=kind, principal=Principal.system("test"), at=AT, file_name="a.csv"
    )
    batch = apply_import(batch, at=AT)

    (problem,) = batch.problems.all()
    assert (problem.row, problem.field, problem.code) == (2, "platform", "platform_unknown")
    assert problem.message == (
        "“Instagramm” is not a known platform. Did you mean Instagram? Write a name of the catalogue (Platforms in the admin, or"
        " /api/v1/platforms/), or map yours to one in the mapping; the hub can give a platform other names over the API."
    )
    assert not SocialAccount.objects.exists()
