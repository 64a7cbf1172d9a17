"""The plugin that refuses an UPDATE over a join."""

import pytest

from metrics.models import MaturityRun, RunChunk
from tests.factories import UserFactory
from tests.plugins.claims import chooses_through_itself

pytestmark = pytest.mark.django_db


def test_an_update_over_a_join_is_refused_before_it_runs():
    with pytest.raises(AssertionError, match="claims a row twice"):
        RunChunk.objects.filter(run__state="queued").update(state="leased")


def test_updates_by_own_columns_and_by_other_tables_pass():
    UserFactory()

    assert (
        RunChunk.objects.filter(index=1, run__in=MaturityRun.objects.filter(state="queued")).update(
            attempts=1
        )
        == 0
    )
    assert not chooses_through_itself(
        'UPDATE "a" SET "b" = 1 WHERE "a"."c_id" IN (SELECT U0."id" FROM "c" U0)'
    )
    assert not chooses_through_itself('UPDATE "a" SET "b" = 1 WHERE "a"."id" = 3')
