"""The API of acknowledgements: read the text, answer it, list what is owed and answered, plan a round."""

import pytest
import time_machine

from coe.enums.roles import Role
from governance.models import Acknowledgement, AcknowledgementCampaign
from governance.services.audience import open_publication, tell_audiences
from tests.governance.acknowledgements.world import BY, DAY, binds, policy, shown, version
from tests.plugins.pages import hub, lead, log_in, tree

__all__ = ["hub", "lead", "log_in", "tree"]
pytestmark = pytest.mark.django_db


def test_an_hour_with_the_api(hub, lead, log_in, tree, at) -> None:
    ada = log_in(Role.VIEWER, tree.foods, name="Ada", email="ada@example.com")
    uma = log_in(Role.VIEWER, tree.america, name="Uma", email="uma@example.com")
    one, start = policy(grace_days=10), at - 20 * DAY
    binds(one, role=Role.VIEWER)
    made = open_publication(version(one, at=start), by=BY, at=start)
    tell_audiences(at=start)

    def send(who, path, data):
        return who.post(f"/api/v1/{path}", data, content_type="application/json")

    with time_machine.travel(at, tick=False):
        text = ada.get("/api/v1/policies/conduct/acknowledge/?language=fr").json()
        assert text == {
            "policy": "conduct", "version": "1.0", "version_id": str(made.public_id), "language": "fr",
            "sha256": shown(made, "fr").sha256, "body": "# conduct 1.0 fr\n\nDo it **well**.",
            "due_at": "2026-11-13T09:00:00+00:00", "answer": "",
        }  # fmt: skip
        read = {name: text[name] for name in ("language", "sha256", "version_id")}
        for wrong, status in (
            ({**read, "sha256": "0" * 64}, 422), ({**read, "version_id": "x"}, 404), ({"language": "fr"}, 422),
            ({**read, "person": "uma@example.com"}, 422),
        ):  # fmt: skip
            assert send(ada, "policies/conduct/acknowledge/", wrong).status_code == status
        assert send(ada, "policies/conduct/decline/", {**read, "reason": " "}).status_code == 422
        assert not Acknowledgement.objects.exists()

        declined = send(ada, "policies/conduct/decline/", {**read, "reason": "Contract"}).json()
        assert send(ada, "policies/conduct/acknowledge/", read).status_code == 409
        back = send(ada, f"acknowledgements/{declined['id']}/take-back/", {})
        assert (back.status_code, back.json()["withdrawn_at"]) == (200, "2026-11-23T09:00:00+00:00")
        first = send(ada, "policies/conduct/acknowledge/", read).json()
        assert send(ada, "policies/conduct/acknowledge/", read).json() == first
        assert (first["answer"], first["language"], first["recorded_by"]) == ("accepted", "fr", None)
        for_uma = send(
            hub, "policies/conduct/acknowledge/", {**read, "person": "uma@example.com", "note": "Sheet"}
        )
        assert (for_uma.status_code, for_uma.json()["recorded_by"]["email"]) == (200, "hanna@example.com")

        def names(who, path):
            return sorted(row["person"]["email"] for row in who.get(f"/api/v1/{path}").json()["results"])

        assert names(lead, "acknowledgements/?withdrawn_at__empty=true") == ["ada@example.com"]
        assert names(uma, "acknowledgements/") == ["uma@example.com"]
        assert names(lead, "policy-dues/") == ["ada@example.com"]
        assert names(hub, "policy-dues/?line_subtree=EU") == ["ada@example.com"]
        cells = lead.get("/api/v1/policy-coverage/").json()["results"]
        assert [(cell["line"]["code"], cell["accepted"], cell["people"], cell["web_url"]) for cell in cells] == [
            ("EU", 1, 1, "/policies/coverage/conduct/EU/"), ("FDE", 1, 1, "/policies/coverage/conduct/FDE/"),
        ]  # fmt: skip
        plan = {
            "name": "Yearly", "policies": ["conduct"], "line": "EU", "is_repeated": True,
            "starts_at": "2026-12-01T00:00:00Z", "due_at": "2026-12-31T00:00:00Z",
        }  # fmt: skip
        assert send(lead, "acknowledgement-campaigns/", plan).status_code == 403
        unknown = send(hub, "acknowledgement-campaigns/", {**plan, "policies": ["nothing"]})
        assert (unknown.status_code, AcknowledgementCampaign.objects.count()) == (422, 0)
        planned = send(hub, "acknowledgement-campaigns/", plan).json()
        seen = lead.get("/api/v1/acknowledgement-campaigns/").json()["results"]
        assert [(row["id"], row["policies"], row["state"]) for row in seen] == [
            (planned["id"], ["conduct"], "planned")
        ]
        off = send(hub, f"acknowledgement-campaigns/{planned['id']}/cancel/", {"reason": "Wrong year"})
        assert (off.status_code, off.json()["state"]) == (200, "cancelled")
