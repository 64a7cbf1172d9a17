"""Findings and sweeps: reported once, judged, acted on, taken in, proven, imported, and told to nobody who should not know."""

import datetime as dt
import io

import pytest

from coe.enums.roles import Role
from coe.errors import Duplicate, Invalid, Stale, WrongState
from coe.models import ChangeEvent, ImportBatch, SocialAccount
from coe.rules.principals import Principal
from coe.selectors.duties import duties_of
from coe.selectors.verify import verify_url
from coe.selectors.working_times import company_working_time
from coe.services.import_runs import apply_import, stage_import
from coe.services.platforms import ensure_platforms
from coe.services.undo import undo_import
from governance.models import DiscoverySweep, Finding, FindingEvidence
from governance.rules.discovery import business_days
from governance.selectors.custody_invariants import findings
from governance.selectors.discovery import days_to_triage
from governance.services.evidence import MOST_BYTES, add_evidence, path_of, type_of
from governance.services.findings import adopt_finding, judge_finding, move_finding, report_finding
from governance.services.sweeps import end_sweep, start_sweep
from tests.factories import AT, AccountFactory, LineFactory, PlatformFactory, RoleFactory, UserFactory
from tests.governance.custody.world import BY

pytestmark = pytest.mark.django_db
DAY = dt.timedelta(days=1)
PNG = b"\x89PNG\r\n\x1a\n" + b"0" * 40


@pytest.fixture
def x(db):
    """The platform of most of these tests, by the shipped rules."""
    return ensure_platforms(by=BY, at=AT)["x"]


def found(handle="fake", **values):
    """A finding reported by its address."""
    return report_finding(**{"url": f"https://x.com/{handle}", "by": BY, "at": AT, **values})


def judged(finding, kind="impostor", **more):
    """The finding, judged a day later."""
    return judge_finding(finding, kind=kind, judgement="Seen", person=None, by=BY, at=AT + DAY, **more)


def test_an_account_is_reported_once_and_never_when_it_is_ours(x):
    ours = AccountFactory(platform=x, handle="Acme")
    line = LineFactory(code="EU")

    one = found(["https://x.com", "Fake_Acme"][1], line=line, display_name=" Acme! ")
    assert (one.platform, one.handle_key, one.display_name, one.state, one.found_at) == (
        x, "fake_acme", "Acme!", "new", AT,
    )  # fmt: skip
    for values, error, url in (
        ({"url": "https://twitter.com/fake_ACME"}, Duplicate, one.get_absolute_url()),
        ({"url": "https://x.com/acme"}, Duplicate, ours.get_absolute_url()),
        ({"url": "https://nobody.example/x"}, Invalid, None),
        ({"url": ""}, Invalid, None),
        ({"url": "", "handle": "zz", "platform": x, "found_at": AT + DAY}, Invalid, None),
    ):
        with pytest.raises(error) as caught:
            found(**values)
        assert caught.value.extra.get("url") == url
    assert Finding.objects.count() == 1
    assert ChangeEvent.objects.filter(action="finding.reported").count() == 1


def test_what_may_become_of_each_kind(x):
    line = LineFactory(code="EU")
    fake, protest, rogue = found("fake"), found("angry"), found("shop", line=line)

    with pytest.raises(WrongState, match="judge it"):
        move_finding(fake, action="take_down", by=BY, at=AT)
    for kind, words in (("unknown", "x"), ("nonsense", "x"), ("impostor", " ")):
        with pytest.raises(Invalid):
            judge_finding(fake, kind=kind, judgement=words, person=None, by=BY, at=AT)
    fake = judged(fake)
    assert (fake.state, fake.triaged_at) == ("triaged", AT + DAY)
    with pytest.raises(Stale):
        judged(fake, expected_revision=1)
    with pytest.raises(WrongState, match="not possible for this kind"):
        adopt_finding(fake, line=line, by=BY, at=AT)
    with pytest.raises(Invalid):
        move_finding(fake, action="take_down", ask_again_at=AT, by=BY, at=AT)
    fake = move_finding(
        fake, action="take_down", reference="C-1", ask_again_at=AT + 9 * DAY, by=BY, at=AT + 2 * DAY
    )
    fake = move_finding(fake, action="take_down", ask_again_at=AT + 20 * DAY, by=BY, at=AT + 9 * DAY)
    assert (fake.takedown_reference, fake.takedown_asked_at, fake.takedown_due_at) == (
        "C-1", AT + 9 * DAY, AT + 20 * DAY,
    )  # fmt: skip
    fake = judged(fake, kind="impostor")
    assert (fake.state, fake.triaged_at) == ("takedown", AT + DAY)
    fake = move_finding(fake, action="taken_down", by=BY, at=AT + 10 * DAY)
    assert (fake.state, fake.settled_at, fake.takedown_due_at) == ("taken_down", AT + 10 * DAY, None)
    with pytest.raises(Invalid, match="Say why"):
        move_finding(fake, action="reopen", by=BY, at=AT)
    assert move_finding(fake, action="reopen", by=BY, at=AT, why="Back").state == "triaged"

    protest = judged(protest, kind="protest")
    assert (protest.state, protest.settled_at) == ("left_alone", AT + DAY)
    for action in ("take_down", "taken_down", "reopen"):
        with pytest.raises(WrongState):
            move_finding(protest, action=action, why="x", by=BY, at=AT)
    with pytest.raises(WrongState):
        adopt_finding(protest, line=line, by=BY, at=AT)

    rogue = adopt_finding(judged(rogue, kind="rogue"), by=BY, at=AT + 3 * DAY)
    assert (rogue.state, rogue.account.state, rogue.account.handle_key, rogue.account.line) == (
        "adopted", "requested", "shop", line,
    )  # fmt: skip
    with pytest.raises(WrongState):
        judged(rogue)
    orphan = judged(found("old"), kind="orphan")
    with pytest.raises(Invalid):
        adopt_finding(orphan, by=BY, at=AT)
    with pytest.raises(Invalid):
        adopt_finding(orphan, account=AccountFactory(platform=PlatformFactory(code="youtube")), by=BY, at=AT)
    there = AccountFactory(platform=x, handle="renamed")
    assert adopt_finding(orphan, account=there, by=BY, at=AT).account == there
    assert SocialAccount.objects.filter(handle_key="old").count() == 0
    assert findings() == []


def test_business_days_and_whose_duty_it_is(x, django_assert_num_queries):
    hub, ana = UserFactory(), UserFactory()
    RoleFactory(user=hub, role=Role.HUB_MEMBER, line=None)
    friday = dt.datetime(2026, 3, 6, 18, tzinfo=dt.UTC)
    one = found("one", at=friday)
    found("two", at=friday, line=LineFactory(code="EU"))
    mine = found("three", at=friday, assignee=ana)

    owed = duties_of([hub, ana], at=friday)
    told = [
        (duty.kind, str(duty.title), duty.due_at)
        for duties in owed.values() for duty in duties if duty.kind.startswith("finding")
    ]  # fmt: skip
    tuesday = dt.datetime(2026, 3, 10, 17, tzinfo=dt.UTC)
    assert told == [
        ("finding.triage", "Judge 2 found accounts", tuesday),
        ("finding.triage", "Say what three is", tuesday),
    ]
    assert business_days(company_working_time(), friday, friday + 3 * DAY) == 1
    one = judge_finding(one, kind="impostor", judgement="x", person=hub, by=BY, at=friday + 4 * DAY)
    with django_assert_num_queries(4):
        assert days_to_triage(list(Finding.objects.order_by("pk")), at=friday + 5 * DAY) == {
            one.pk: 2, one.pk + 1: 3, mine.pk: 3,
        }  # fmt: skip
    asked = move_finding(one, action="take_down", ask_again_at=friday + 8 * DAY, by=BY, at=friday + 4 * DAY)
    again = [
        duty for duty in duties_of([hub], at=friday + 4 * DAY)[hub.pk] if duty.kind == "finding.takedown"
    ]
    assert [(duty.url, duty.due_at) for duty in again] == [(asked.get_absolute_url(), friday + 8 * DAY)]


def test_evidence_is_what_it_is_and_lies_under_its_hash(x, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    finding = found()

    def add(**values):
        return add_evidence(finding, person=None, by=BY, at=AT, **values)

    file = add(file=io.BytesIO(PNG), file_name="..\\..\\shot.svg", text="Top")
    twice = add(file=io.BytesIO(PNG), file_name="shot.png")
    assert (file.kind, file.file_name, file.file_type, file.file_size) == (
        "file",
        "shot.svg",
        "image/png",
        len(PNG),
    )
    assert path_of(file) == path_of(twice)
    assert path_of(file).read_bytes() == PNG
    assert add(url="https://example.com/x").kind == "link"
    assert add(text="Seen in an advertisement").kind == "note"
    for values in (
        {"file": io.BytesIO(b"<svg onload=alert(1)>"), "file_name": "a.png"}, {"file": io.BytesIO(b"")},
        {"file": io.BytesIO(PNG + b"0" * MOST_BYTES)}, {"url": "javascript:alert(1)"}, {"text": " "}, {"text": "a\x00b"},
    ):  # fmt: skip
        with pytest.raises(Invalid):
            add(**values)
    assert FindingEvidence.objects.count() == 4
    assert [type_of(head)[0] for head in (b"%PDF-1.7", b"GIF89a", b"\xff\xd8\xff\xe0", b"RIFF0000WEBP", b"MZ")] == [
        "application/pdf", "image/gif", "image/jpeg", "image/webp", "",
    ]  # fmt: skip
    assert findings() == []
    path_of(file).unlink()
    assert len(findings()) == 2


def test_the_verify_answer_tells_what_is_known_and_nothing_more(x):
    for handle, kind in (
        ("fake", "impostor"),
        ("angry", "protest"),
        ("oldbrand", "legacy"),
        ("shop", "rogue"),
    ):
        judged(found(handle), kind=kind)
    found("new")

    told = {
        handle: verify_url(f"https://x.com/{handle.upper()}", AT).verdict.value
        for handle in ("fake", "angry", "oldbrand", "shop", "new")
    }
    assert told == {
        "fake": "impostor", "angry": "not_ours", "oldbrand": "legacy", "shop": "unknown", "new": "unknown",
    }  # fmt: skip


def test_a_sweep_is_started_and_completed_with_its_result(x):
    sweep = start_sweep(name="Spring", platforms=[x], by=BY, at=AT)
    one = found("fake", sweep=sweep)

    with pytest.raises(Invalid):
        end_sweep(sweep, is_done=True, summary=" ", by=BY, at=AT + DAY)
    done = end_sweep(sweep, is_done=True, summary="One impostor", by=BY, at=AT + DAY)
    assert (done.state, done.completed_at, list(done.platforms.all()), one.sweep) == (
        "completed", AT + DAY, [x], sweep,
    )  # fmt: skip
    with pytest.raises(WrongState):
        end_sweep(done, is_done=False, by=BY, at=AT)
    with pytest.raises(WrongState):
        found("late", sweep=done)
    for values in (
        {"name": " "},
        {"name": "x", "started_at": AT + DAY},
        {"name": "x", "led_by": UserFactory(is_active=False)},
    ):
        with pytest.raises(Invalid):
            start_sweep(**values, by=BY, at=AT)
    assert (DiscoverySweep.objects.count(), Finding.objects.count()) == (1, 1)


def test_a_list_of_findings_is_imported_again_and_taken_back(x, tmp_path, settings):
    settings.MEDIA_ROOT = tmp_path
    AccountFactory(platform=x, handle="acme")
    LineFactory(code="EU")
    found("known")
    text = (
        "url,platform,handle,line,found_at,description\n"
        "https://x.com/fake1,,,EU,2026-02-01,Logo\n"
        ",X,@Fake2,,,\n"
        "https://x.com/acme,,,,,\n"
        "https://x.com/known,,,,,\n"
        "https://x.com/FAKE1,,,,,\n"
        "https://nobody.example/a,,,,,\n"
        ",X,ok,NOWHERE,,\n"
    )

    def run():
        file = io.BytesIO(text.encode())
        batch = stage_import(
            file, kind="findings", principal=Principal.system(), at=AT, file_name="found.csv"
        )
        return apply_import(batch, at=AT)

    batch = run()
    assert (batch.created, batch.unchanged, batch.rejected) == (2, 2, 3)
    assert list(batch.problems.order_by("row").values_list("row", "field", "code")) == [
        (4, "url", "is_ours"), (7, "url", "url_not_understood"), (8, "line", "line_unknown"),
    ]  # fmt: skip
    one = Finding.objects.get(handle_key="fake1")
    assert (one.line.code, one.description, one.found_at.date(), one.batch) == (
        "EU",
        "Logo",
        dt.date(2026, 2, 1),
        batch,
    )
    assert (run().created, ImportBatch.objects.count()) == (0, 2)
    judged(one)
    undo_import(batch, by=BY, at=AT + DAY)
    assert set(Finding.objects.values_list("handle_key", flat=True)) == {"fake1", "known"}
