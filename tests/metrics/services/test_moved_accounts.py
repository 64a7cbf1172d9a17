"""An account that an import moved to another line takes its rollups along, and undo brings both back."""

import io
from datetime import date

import pytest

from coe.models import SocialAccount
from coe.rules.principals import Actor, Principal
from coe.services.import_runs import apply_import, stage_import
from coe.services.undo import undo_import
from metrics.models import DailyRollup
from metrics.services.dictionary import ensure_dictionary
from metrics.services.observing import NewObservation, record_observations
from tests.factories import AT, AccountFactory, LineFactory

pytestmark = pytest.mark.django_db
BY = Actor.system("test")


def _rollups() -> list[tuple[str, str, date, int]]:
    return list(
        DailyRollup.objects.order_by("line__code", "on").values_list(
            "line__code", "metric__code", "on", "total"
        )
    )


def test_undo_of_a_move_brings_the_rollups_back(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    metrics = ensure_dictionary(by=BY, at=AT)
    old, new = LineFactory(code="OLD"), LineFactory(code="NEW")
    account = AccountFactory(line=old)
    day = date(2026, 2, 1)
    record_observations(
        [NewObservation("followers", day, account_id=account.pk, value=70)], by=BY, at=AT, source="api"
    )
    before = _rollups()
    text = f"line,platform,handle,url\nNEW,{account.platform.code},{account.handle},{account.url}\n"

    batch = apply_import(
        stage_import(
            io.BytesIO(text.encode()),
            kind="accounts",
            principal=Principal.system("test"),
            at=AT,
            file_name="a.csv",
        ),
        at=AT,
    )
    moved = _rollups()
    undo_import(batch, by=BY, at=AT)

    assert metrics
    assert before == [("OLD", "followers", day, 70)]
    assert moved == [("NEW", "followers", day, 70)]
    assert SocialAccount.objects.get(pk=account.pk).line_id == old.pk != new.pk
    assert _rollups() == before
