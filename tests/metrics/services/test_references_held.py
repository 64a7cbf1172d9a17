"""What observations refer to goes away, or changes hands, while they come in: no order of the two leaves an orphan or a wrong sum."""

import io
import threading
import time
from dataclasses import replace
from datetime import date

import pytest
from django.db import connection, transaction

from coe.errors import NotFound
from coe.models import ImportBatch, SocialAccount
from coe.registries import import_kinds
from coe.rules.principals import Actor, Principal
from coe.services.accounts import edit_account
from coe.services.import_runs import apply_import, stage_import
from coe.services.undo import undo_import
from metrics.models import AccountMonth, DailyRollup, Observation
from metrics.selectors.invariants import INVARIANTS
from metrics.services import import_observations, storing
from metrics.services.dictionary import ensure_dictionary
from metrics.services.observing import NewObservation, record_observations
from tests.factories import AT, AccountFactory, LineFactory

BY = Actor.system("test")
DAY = date(2026, 2, 1)
_WAITING = "SELECT count(*) FROM pg_locks WHERE NOT granted AND transactionid = pg_current_xact_id()::xid"


def broken():
    return [row for name in ("rollups", "account-months", "references") for row in INVARIANTS[name]()]


def sums():
    return list(DailyRollup.objects.order_by("line__code", "on").values_list("line__code", "on", "total"))


@pytest.mark.django_db
def test_values_of_an_account_go_to_the_line_that_owns_it_when_they_are_stored():
    metrics = ensure_dictionary(by=BY, at=AT)
    old, new = LineFactory(code="OLD"), LineFactory(code="NEW")
    account = AccountFactory(line=new)
    row = (account.pk, None, old.pk, metrics["followers"].pk, DAY.isoformat(), 7, None, None)

    _outcomes, touched = storing.store_rows([row], at=AT, source="api", batch=None)

    assert (touched, sums(), broken()) == ({new.pk}, [("NEW", DAY, 7)], [])


@pytest.mark.django_db
def test_an_account_that_moves_between_two_chunks_of_an_import_takes_the_later_values_along(
    monkeypatch, settings, tmp_path
):
    settings.MEDIA_ROOT = tmp_path
    ensure_dictionary(by=BY, at=AT)
    old, new = LineFactory(code="OLD"), LineFactory(code="NEW")
    account = AccountFactory(line=old)
    began = []

    def one_row_then_a_move(ctx, reader, rows):
        if len(began) == 1 and not ctx.is_check:
            edit_account(SocialAccount.objects.get(pk=account.pk), changes={"line": new}, by=BY, at=AT)
        if not ctx.is_check:
            began.append(rows)
        return import_observations.import_observations(ctx, reader, rows)

    kind = replace(import_observations.OBSERVATIONS, chunk_rows=1, apply_rows=one_row_then_a_move)
    monkeypatch.setitem(import_kinds._items, "observations", kind)
    lines = [f"{account.platform.code},{account.handle},followers,2026-02-0{n},{n}" for n in (1, 2, 3)]
    text = "\n".join(["platform,handle,metric,date,value", *lines])
    root = Principal.system("test")
    batch = apply_import(
        stage_import(io.BytesIO(text.encode()), kind="observations", principal=root, at=AT), at=AT
    )

    assert (batch.created, batch.rejected, len(began)) == (3, 0, 3)
    assert sums() == [("NEW", date(2026, 2, n), n) for n in (1, 2, 3)]
    assert broken() == []


@pytest.mark.django_db
def test_observations_of_an_account_that_is_gone_are_refused_and_nothing_is_written():
    ensure_dictionary(by=BY, at=AT)
    account = AccountFactory()
    there, gone, line = AccountFactory(line=account.line).pk, account.pk, account.line_id
    SocialAccount.objects.filter(pk=gone).delete()
    rows = [NewObservation("followers", DAY, account_id=pk, value=1) for pk in (there, gone)]

    with pytest.raises(NotFound):
        record_observations(rows, by=BY, at=AT, source="import", lines={there: line, gone: line})

    assert not any(model.objects.exists() for model in (Observation, DailyRollup, AccountMonth))


def _somebody_waits() -> bool:
    with connection.cursor() as cursor:
        cursor.execute(_WAITING)
        return cursor.fetchone()[0] > 0


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_the_undo_that_would_remove_an_account_waits_for_its_observations_and_keeps_it(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    ensure_dictionary(by=BY, at=AT)
    line, model = LineFactory(), AccountFactory()
    text = f"line,platform,handle\n{line.code},{model.platform.code},fresh\n"
    root = Principal.system("test")
    made = apply_import(
        stage_import(io.BytesIO(text.encode()), kind="accounts", principal=root, at=AT), at=AT
    )
    account = SocialAccount.objects.get(handle_key="fresh")

    def undo():
        try:
            undo_import(ImportBatch.objects.get(pk=made.pk), by=BY, at=AT)
        finally:
            connection.close()

    other = threading.Thread(target=undo)
    with transaction.atomic():
        record_observations(
            [NewObservation("followers", DAY, account_id=account.pk, value=1)], by=BY, at=AT, source="import"
        )
        other.start()
        deadline = time.monotonic() + 30
        while not _somebody_waits() and time.monotonic() < deadline:
            time.sleep(0.02)
        assert _somebody_waits()
    other.join(60)

    assert list(SocialAccount.objects.filter(pk=account.pk).values_list("handle", flat=True)) == ["fresh"]
    assert broken() == []
