"""Wild requests from the committed OpenAPI schema: whatever comes, the answer is one that the schema names, and never a 500.

Half of the requests go to records that exist, as a hub lead and as a token. Examples are the same on every run.
"""

import os
from copy import deepcopy

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings, strategies as st
from requests import Request

from coe.enums.roles import Role
from tests.house.description import committed
from tests.house.routes.callers import TOKENS, come
from tests.house.routes.matrix import path_of, taken_back
from tests.plugins.worlds import kept_world, world

__all__ = ["kept_world", "world"]

SCHEMA = committed()
EXAMPLES = max(12, int(400 * float(os.environ.get("PROOF_SCALE", "0"))))
OPERATIONS = {
    f"{found.ok().method.upper()} {found.ok().path}": found.ok()
    for found in schemathesis.openapi.from_dict(deepcopy(SCHEMA)).get_all_operations()
}


def real_path(path, world):
    """The address of a record that exists."""
    route = (
        path.removeprefix("/api/v1/")
        .replace("{public_id}", "<uuid:public_id>")
        .replace("{code}", "<str:code>")
    )
    return f"/api/v1/{path_of(route, world, 'own')}"


@pytest.mark.django_db
@pytest.mark.parametrize("name", OPERATIONS)
def test_no_answer_is_a_surprise(world, name):
    operation = OPERATIONS[name]
    documented = set(operation.definition.raw["responses"])
    callers = [come(who, world) for who in (Role.HUB_LEAD, TOKENS[-1])]
    surprises = []

    @settings(
        max_examples=EXAMPLES, derandomize=True, database=None, deadline=None, phases=(Phase.explicit, Phase.generate),
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    @given(case=operation.as_strategy(), is_real=st.booleans(), who=st.sampled_from(callers))
    def knock(case, is_real, who):
        sent = Request(**case.as_transport_kwargs(base_url="http://testserver")).prepare()
        path = sent.path_url
        if is_real and "{" in operation.path:
            path = real_path(operation.path, world) + ("?" + sent.url.partition("?")[2]).rstrip("?")
        headers = {
            key: value
            for key, value in sent.headers.items()
            if key.lower() not in ("content-type", "content-length")
        }
        if who.call.secret:
            headers["Authorization"] = f"Bearer {who.call.secret}"
        with taken_back():
            answer = who.call.client.generic(
                sent.method, path, data=sent.body or b"", content_type=sent.headers.get("Content-Type", "application/json"), headers=headers
            )  # fmt: skip
        if str(answer.status_code) not in documented:
            surprises.append((answer.status_code, path, sent.body, headers, answer.content[:300]))

    knock()

    assert surprises == []
