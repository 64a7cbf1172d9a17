"""Observations are stored once, corrections keep what they replace, and rollups follow to the unit."""

from datetime import date, timedelta

import pytest

from coe.enums.work import RowOutcome
from coe.errors import Invalid, Problem
from coe.models import ImportBatch, LineFact
from coe.rules.principals import Actor
from metrics.models import AccountMonth, DailyRollup, Observation, ObservationRevision
from metrics.selectors.invariants import INVARIANTS
from metrics.services.dictionary import ensure_dictionary
from metrics.services.observing import NewObservation, record_observations
from metrics.services.rollups import move_rollups
from metrics.services.undoing import kept_observations, undo_some_observations
from tests.factories import AT, AccountFactory, LineFactory

pytestmark = pytest.mark.django_db
SYSTEM = Actor.system()
DAY = date(2026, 2, 1)
C, U, S = RowOutcome.CREATED, RowOutcome.UPDATED, RowOutcome.UNCHANGED


@pytest.fixture
def account():
    """An account, and the shipped dictionary."""
    ensure_dictionary(by=SYSTEM, at=AT)
    return AccountFactory()


def batch_of(name: str) -> ImportBatch:
    return ImportBatch.objects.create(kind="observations", file_name=name, file_sha256=name.ljust(64, "0"))


def send(*rows, batch=None, source="import", at=AT):
    return record_observations(rows, by=SYSTEM, at=at, source=source, batch=batch)


def content():
    """Everything observations consist of, but for surrogate keys."""
    subject = ("account", "line", "metric", "on")
    return (
        list(
            Observation.objects.order_by(*subject).values_list(
                *subject, "value", "numerator", "denominator", "batch", "source", "observed_at"
            )
        ),
        list(
            ObservationRevision.objects.order_by("id").values_list(
                "observation", "value", "batch", "replaced_by_batch"
            )
        ),
        list(
            DailyRollup.objects.order_by("line", "metric", "on").values_list(
                "line", "metric", "on", "total", "numerator", "denominator", "count"
            )
        ),
        list(
            AccountMonth.objects.order_by("account", "month").values_list(
                "account", "month", "observations", "imported", "last_on"
            )
        ),
    )


def broken():
    return [problem for name in ("rollups", "account-months") for problem in INVARIANTS[name]()]


def test_the_same_value_again_is_unchanged_and_another_is_an_update_that_keeps_the_first(account):
    row = NewObservation("followers", DAY, account_id=account.pk, value=10)
    other = NewObservation("followers", DAY, account_id=account.pk, value=12)

    outcomes = [send(row).outcomes, send(row).outcomes, send(other).outcomes, send(other, other).outcomes]

    assert outcomes == [(C,), (S,), (U,), (S, S)]
    assert list(Observation.objects.values_list("value", flat=True)) == [12]
    assert list(ObservationRevision.objects.values_list("value", flat=True)) == [10]
    assert broken() == []


def test_of_two_values_for_one_day_in_one_call_the_later_stands_and_the_earlier_is_skipped(account):
    one, two = (NewObservation("followers", DAY, account_id=account.pk, value=value) for value in (1, 2))

    assert send(one, two, two).outcomes == (RowOutcome.SKIPPED, C, S)
    assert send(one, two).outcomes == (RowOutcome.SKIPPED, S)
    assert DailyRollup.objects.values_list("total", "count").get() == (2, 1)


def test_rollup_adds_accounts_of_a_line_and_ratios_by_their_two_sums(account):
    second = AccountFactory(line=account.line)
    send(
        NewObservation("followers", DAY, account_id=account.pk, value=10),
        NewObservation("followers", DAY, account_id=second.pk, value=5),
        NewObservation("engagement_rate_reach", DAY, account_id=account.pk, numerator=1, denominator=10),
        NewObservation("engagement_rate_reach", DAY, account_id=second.pk, numerator=3, denominator=30),
        NewObservation("dormant_accounts", DAY, line_id=account.line_id, value=4),
    )

    assert set(
        DailyRollup.objects.values_list("metric__code", "total", "numerator", "denominator", "count")
    ) == {
        ("followers", 15, 0, 0, 2),
        ("engagement_rate_reach", 0, 4, 40, 2),
        ("dormant_accounts", 4, 0, 0, 1),
    }
    assert list(LineFact.objects.filter(fact="observations").values_list("line", flat=True)) == [
        account.line_id
    ]
    assert broken() == []


def test_months_count_values_and_those_by_machine(account):
    send(NewObservation("followers", DAY, account_id=account.pk, value=1), source="typed")
    send(NewObservation("followers", DAY + timedelta(days=3), account_id=account.pk, value=1))

    assert list(AccountMonth.objects.values_list("month", "observations", "imported", "last_on")) == [
        (date(2026, 2, 1), 2, 1, date(2026, 2, 4))
    ]

    send(NewObservation("followers", DAY, account_id=account.pk, value=2))

    assert AccountMonth.objects.values_list("observations", "imported").get() == (2, 2)
    assert broken() == []


@pytest.mark.parametrize(
    ("fields", "where", "code"),
    [
        ({"metric": "charm"}, "metric", "metric_unknown"),
        ({"on": AT.date() + timedelta(days=2)}, "date", "date_in_future"),
        ({"value": None}, "value", "required"),
        ({"value": float("nan")}, "value", "out_of_range"),
        ({"value": 10**15}, "value", "out_of_range"),
        ({"value": -(10**15)}, "value", "out_of_range"),
        ({"value": -1}, "value", "out_of_range"),
        ({"value": True}, "value", "out_of_range"),
        ({"numerator": 1}, "numerator", "not_of_metric"),
        ({"account_id": None}, "account", "subject_unclear"),
        ({"account_id": 999_999}, "account", "account_unknown"),
        ({"metric": "dormant_accounts"}, "line", "wrong_subject"),
        ({"metric": "response_rate"}, "value", "not_of_metric"),
    ],
)
def test_a_wrong_row_is_refused_by_field_and_row_and_nothing_is_written(account, fields, where, code):
    good = {"metric": "followers", "on": DAY, "account_id": account.pk, "value": 1}

    with pytest.raises(Invalid) as refusal:
        send(NewObservation(**good), NewObservation(**{**good, **fields}))

    assert [(one.row, one.field, one.code) for one in refusal.value.problems] == [(1, where, code)]
    assert content() == ([], [], [], [])


def test_the_largest_values_of_many_accounts_still_add_up(account):
    line, largest = LineFactory(), 10**15 - 1
    rows = [
        NewObservation("followers", DAY, account_id=AccountFactory(line=line).pk, value=largest)
        for _n in range(20)
    ]

    send(*rows)

    assert DailyRollup.objects.values_list("total", "count").get() == (20 * largest, 20)
    assert broken() == []


def test_a_value_that_is_too_large_says_how_large_one_may_be(account):
    with pytest.raises(Invalid) as refusal:
        send(NewObservation("followers", DAY, account_id=account.pk, value=10**15))

    assert refusal.value.problems == (
        Problem(
            "value",
            "out_of_range",
            "“1000000000000000” is too large: a number has at most 15 digits, decimal places included. "
            "Correct the number, or measure in a larger unit.",
            row=0,
        ),
    )


def test_undo_of_a_batch_goes_back_to_the_very_content_before(account):
    second = AccountFactory()
    first, later = batch_of("first"), batch_of("second")
    send(NewObservation("followers", DAY, account_id=account.pk, value=1), batch=first)
    before = content()
    send(
        NewObservation("followers", DAY, account_id=account.pk, value=2),
        NewObservation("followers", DAY + timedelta(days=1), account_id=account.pk, value=3),
        NewObservation("followers", DAY, account_id=second.pk, value=4),
        batch=later,
    )
    send(NewObservation("followers", DAY, account_id=account.pk, value=5), batch=later)

    done = [undo_some_observations(later, by=SYSTEM, at=AT), undo_some_observations(later, by=SYSTEM, at=AT)]

    assert done == [3, 0]
    assert content() == before
    assert kept_observations(later) == []
    assert broken() == []


def test_undo_leaves_a_value_that_a_later_batch_corrected_and_reports_it(account):
    first, later = batch_of("first"), batch_of("second")
    send(
        NewObservation("followers", DAY, account_id=account.pk, value=1),
        NewObservation("posts", DAY, account_id=account.pk, value=1),
        batch=first,
    )
    send(NewObservation("followers", DAY, account_id=account.pk, value=2), batch=later)

    undo_some_observations(first, by=SYSTEM, at=AT)

    assert list(Observation.objects.values_list("metric__code", "value")) == [("followers", 2)]
    assert [label for _pk, label in kept_observations(first)] == [f"followers {DAY} {account.handle}"]
    assert broken() == []


def test_moving_an_account_moves_its_rollups(account):
    other = LineFactory()
    stays = AccountFactory(line=account.line)
    send(
        NewObservation("followers", DAY, account_id=account.pk, value=7),
        NewObservation("followers", DAY, account_id=stays.pk, value=2),
        NewObservation("posts", DAY, account_id=account.pk, value=1),
    )
    old, account.line = account.line_id, other
    account.save()

    move_rollups({account.pk: (old, other.pk)}, at=AT)

    assert set(DailyRollup.objects.values_list("line", "metric__code", "total", "count")) == {
        (old, "followers", 2, 1),
        (other.pk, "followers", 7, 1),
        (other.pk, "posts", 1, 1),
    }
    assert broken() == []


@pytest.mark.parametrize("count", [1, 300])
def test_the_number_of_queries_does_not_depend_on_the_number_of_rows(
    account, count, django_assert_max_num_queries
):
    rows = [
        NewObservation("followers", DAY - timedelta(days=n), account_id=account.pk, value=n)
        for n in range(count)
    ]
    send(NewObservation("posts", DAY, account_id=account.pk, value=1))

    with django_assert_max_num_queries(22):
        send(*rows)


def test_a_file_that_names_a_day_twice_rows_apart_changes_nothing_the_second_time(account):
    rows = [NewObservation("followers", DAY, account_id=account.pk, value=value) for value in (1, 2)]
    first, again, other = batch_of("file"), batch_of("file"), batch_of("other")

    outcomes = [[send(row, batch=batch).outcomes for row in rows] for batch in (first, again)]

    assert outcomes == [[(C,), (U,)], [(RowOutcome.SKIPPED,), (S,)]]
    assert send(rows[0], batch=other).outcomes == (U,)
    assert broken() == []
