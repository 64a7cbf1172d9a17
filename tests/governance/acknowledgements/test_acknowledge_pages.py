"""The pages on which people answer: the text in their language, plain forms, and what a lead records for somebody."""

import pytest
import time_machine

from coe.enums.roles import Role
from coe.selectors.duties import duties_of
from governance.models import Acknowledgement, PolicyDue
from governance.services.audience import open_publication, tell_audiences
from tests.factories import RoleFactory, UserFactory
from tests.governance.acknowledgements.world import BY, DAY, binds, policy, shown, version
from tests.plugins.pages import hub, lead, log_in, tree

__all__ = ["hub", "lead", "log_in", "tree"]
pytestmark = pytest.mark.django_db


def sent(one, language="en", **more):
    return {
        "version": str(one.public_id),
        "language": language,
        "sha256": shown(one, language).sha256,
        **more,
    }


def test_an_employee_reads_accepts_declines_and_takes_back(hub, lead, log_in, tree, at) -> None:
    start = at - 20 * DAY
    ada = log_in(Role.VIEWER, tree.foods, name="Ada", language="fr")
    uma = UserFactory(name="Uma")
    RoleFactory(user=uma, role=Role.VIEWER, line=tree.america)
    one, other = policy(grace_days=14), policy("brand", grace_days=30)
    for each in (one, other):
        binds(each, role=Role.VIEWER)
    first, brand = (open_publication(version(each, at=start), by=BY, at=start) for each in (one, other))
    tell_audiences(at=start)

    with time_machine.travel(at, tick=False):
        owed = duties_of([ada.user], at=at)[ada.user.pk]
        assert [(duty.kind, duty.url, duty.due_at, duty.line) for duty in owed] == [
            ("policy.acknowledge", "/policies/conduct/acknowledge/", start + 14 * DAY, tree.foods),
            ("policy.acknowledge", "/policies/brand/acknowledge/", start + 30 * DAY, tree.foods),
        ]
        mine = ada.get("/policies/mine/")
        assert [(row.policy.code, row.is_overdue) for row in mine.context["owed"]] == [
            ("conduct", True),
            ("brand", False),
        ]
        page = ada.get("/policies/conduct/acknowledge/")
        assert (page.context["text"].language, "conduct 1.0 fr" in page.content.decode()) == ("fr", True)
        english = ada.get("/policies/conduct/acknowledge/?language=en")
        assert (english.context["text"].language, "<strong>well</strong>" in english.content.decode()) == (
            "en",
            True,
        )

        done = ada.post("/policies/conduct/acknowledge/", sent(first, "en", action="accept"))
        assert (done.status_code, done.url) == (302, "/policies/mine/")
        empty = ada.post("/policies/brand/acknowledge/", sent(brand, "fr", action="decline", reason=" "))
        assert (empty.status_code, empty.context["decline_form"].errors.keys()) == (422, {"reason"})
        wrong = ada.post("/policies/brand/acknowledge/", {**sent(brand, action="accept"), "sha256": "0" * 64})
        assert (wrong.status_code, wrong.context["accept_form"].errors.keys()) == (422, {"sha256"})
        nothing = ada.post("/policies/brand/acknowledge/", sent(brand, action="burn"))
        assert (nothing.status_code, Acknowledgement.objects.count()) == (422, 1)
        ada.post(
            "/policies/brand/acknowledge/",
            sent(brand, "fr", action="decline", reason="Contraire à mon contrat"),
        )
        declined = ada.get("/policies/brand/acknowledge/")
        assert declined.context["given"].reason == "Contraire à mon contrat"
        assert 'value="accept"' not in declined.content.decode()
        back = ada.post("/policies/brand/acknowledge/", sent(brand, "fr", action="take_back"))
        assert (back.status_code, back.url) == (302, "/policies/brand/acknowledge/")
        rows = PolicyDue.objects.filter(person=ada.user).order_by("policy__code")
        assert list(rows.values_list("policy__code", "answer", "settled_by__language")) == [
            ("brand", "", None), ("conduct", "accepted", "en"),
        ]  # fmt: skip
        newer = version(other, 2, at=at)
        late = ada.post("/policies/brand/acknowledge/", sent(brand, action="accept"))
        assert (late.status_code, "La version 1.0 a été remplacée" in late.content.decode()) == (422, True)
        assert Acknowledgement.objects.filter(version=newer).count() == 0
        assert ada.get("/policies/none/acknowledge/").status_code == 404

        # Somebody else's answers: their lead's and the hub's to see and record, nobody else's.
        path = f"/policies/conduct/acknowledge/{uma.public_id}/"
        assert [who.get(path).status_code for who in (ada, lead, hub)] == [404, 404, 200]
        note = sent(first, answer="accepted", note="")
        assert hub.post(path, note).status_code == 422
        assert hub.post(path, {**note, "note": "Signed sheet"}).status_code == 302
        given = Acknowledgement.objects.get(person=uma)
        assert (given.recorded_by, given.note, given.language) == (hub.user, "Signed sheet", "en")
        assert lead.get(f"/policies/conduct/acknowledge/{ada.user.public_id}/").context["may_record"] is True
