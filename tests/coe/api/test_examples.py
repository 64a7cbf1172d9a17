"""The examples of the API's description are what it describes: each fits the schema of its own body."""

import pytest
from jsonschema import Draft202012Validator

from tests.house.description import committed

DOCUMENT = committed()


def bodies():
    """(method and path, body) of every operation with an example."""
    for path, methods in DOCUMENT["paths"].items():
        for method, operation in methods.items():
            body = operation.get("requestBody", {}).get("content", {}).get("application/json", {})
            if "example" in body:
                yield f"{method.upper()} {path}", body


BODIES = dict(bodies())


@pytest.mark.parametrize("name", sorted(BODIES))
def test_an_example_fits_its_schema(name):
    schema = {**BODIES[name]["schema"], "components": DOCUMENT["components"]}

    assert [
        error.message for error in Draft202012Validator(schema).iter_errors(BODIES[name]["example"])
    ] == []


def test_the_writes_of_training_have_examples():
    assert {
        "POST /api/v1/courses/",
        "POST /api/v1/curricula/",
        "POST /api/v1/sessions/",
        "POST /api/v1/enrolments/",
    } <= set(BODIES)
