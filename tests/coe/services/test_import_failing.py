"""An import that crashes again and again is given up: its sender learns why, its rows can be taken back, nothing is tried for ever."""

import io
from datetime import timedelta

import pytest
from django.urls import reverse

from coe.enums.roles import Role
from coe.enums.work import BatchState
from coe.models import BusinessLine, ChangeEvent, ImportBatch, Notice
from coe.registries import import_kinds
from coe.rules.principals import Actor, Principal, principal_of
from coe.selectors.imports import unfinished_imports
from coe.services.import_failing import MOST_ATTEMPTS, give_up
from coe.services.import_runs import carry_on, receive_import
from coe.services.importing import ImportKind
from coe.services.undo import undo_import
from coe.tasks.imports import import_resume
from tests.factories import AT, RoleFactory, UserFactory

pytestmark = pytest.mark.django_db
FILE = b"code,name\n" + b"".join(f"L{n},Line {n}\n".encode() for n in range(4))
PAUSE = timedelta(hours=1)


@pytest.fixture(autouse=True)
def _media(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path / "media"


@pytest.fixture
def lead():
    """A lead of the hub, who reads French."""
    person = UserFactory(language="fr")
    RoleFactory(user=person, role=Role.HUB_LEAD)
    return person


def breaking(monkeypatch, *, in_check: bool = False, after: int = 1) -> None:
    """Let imports of lines break: in the check, or in the chunk of this number."""
    good = import_kinds["lines"]
    done = []

    def apply(ctx, rows):
        if ctx.is_check and in_check:
            raise RuntimeError("out of memory")
        if not ctx.is_check and (rows[0].number > 2 + 2 * (after - 1)):
            raise RuntimeError("power cut")
        done.append(rows)
        return good.apply(ctx, rows)

    kind = ImportKind("lines", good.label, good.permission, good.fields, apply, chunk_rows=2)
    monkeypatch.setitem(import_kinds._items, "lines", kind)


def received(principal) -> ImportBatch:
    return receive_import(
        io.BytesIO(FILE), kind="lines", principal=principal, at=AT, file_name="lines.csv", wants_apply=True
    )


def tried(batch, times: int):
    """Try so often, each time when the lease of the last try is over; returns the instant after it."""
    at = AT
    for _attempt in range(times):
        at += PAUSE
        assert [one.pk for one in unfinished_imports(at=at)] == [batch.pk]
        with pytest.raises(RuntimeError):
            carry_on(ImportBatch.objects.get(pk=batch.pk), at=at)
    return at + PAUSE


@pytest.mark.parametrize(
    ("in_check", "reason", "stored"), [(True, "out of memory", 0), (False, "power cut", 2)]
)
def test_after_five_crashes_it_fails_and_the_sender_is_told_why(monkeypatch, lead, in_check, reason, stored):
    breaking(monkeypatch, in_check=in_check)
    batch = received(principal_of(lead, AT))
    at = tried(batch, MOST_ATTEMPTS)

    assert give_up(batch, at=at) is True

    batch.refresh_from_db()
    assert (batch.state, batch.error, batch.created, batch.finished_at) == (
        BatchState.FAILED,
        reason,
        stored,
        at,
    )
    notice = Notice.objects.get()
    assert (notice.user, notice.subject) == (lead, "L’import de lines.csv a échoué")
    assert reason in notice.body
    assert ChangeEvent.objects.filter(action="import.failed", why=reason).count() == 1
    assert (unfinished_imports(at=at + PAUSE), give_up(batch, at=at + PAUSE)) == ([], False)
    assert Notice.objects.count() == 1


def test_an_import_nobody_sent_is_told_to_the_administrators(monkeypatch):
    admin, _other = RoleFactory(role=Role.ADMINISTRATOR).user, UserFactory()
    breaking(monkeypatch, in_check=True)
    batch = received(Principal.system("test"))
    at = tried(batch, MOST_ATTEMPTS)

    give_up(batch, at=at)

    assert list(Notice.objects.values_list("user", flat=True)) == [admin.pk]


def test_before_the_fifth_crash_nothing_is_given_up(monkeypatch, lead):
    breaking(monkeypatch)
    batch = received(principal_of(lead, AT))
    at = tried(batch, MOST_ATTEMPTS - 1)

    assert give_up(batch, at=at) is False

    batch.refresh_from_db()
    assert (batch.state, batch.error, Notice.objects.count()) == (BatchState.APPLYING, "power cut", 0)


def test_a_worker_that_still_has_the_lease_is_left_alone(monkeypatch, lead):
    breaking(monkeypatch)
    batch = received(principal_of(lead, AT))
    at = tried(batch, MOST_ATTEMPTS)
    ImportBatch.objects.update(lease_until=at + PAUSE)

    assert (give_up(batch, at=at), Notice.objects.count()) == (False, 0)


def test_what_a_failed_import_stored_can_be_taken_back(monkeypatch, lead):
    breaking(monkeypatch)
    batch = received(principal_of(lead, AT))
    give_up(batch, at=tried(batch, MOST_ATTEMPTS))
    assert BusinessLine.objects.count() == 2

    undone = undo_import(batch, by=Actor.system(), at=AT + timedelta(days=1))

    assert (undone.state, BusinessLine.objects.count()) == (BatchState.UNDONE, 0)


def test_the_sweep_gives_up_once(monkeypatch, lead):
    breaking(monkeypatch)
    batch = received(principal_of(lead, AT))
    tried(batch, MOST_ATTEMPTS)

    import_resume()
    import_resume()

    batch.refresh_from_db()
    assert (batch.state, Notice.objects.count()) == (BatchState.FAILED, 1)


def test_its_page_says_why_and_offers_to_undo_it(monkeypatch, lead, client):
    breaking(monkeypatch)
    batch = received(principal_of(lead, AT))
    give_up(batch, at=tried(batch, MOST_ATTEMPTS))
    client.force_login(lead)

    page = client.get(reverse("import-detail", args=[batch.public_id])).content.decode()

    assert "power cut" in page
    assert "essayé cinq fois" in page
