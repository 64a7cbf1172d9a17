"""docker-compose.yml says what the compose specification allows, and keeps the promises of the operations guide."""

import json
from importlib.resources import files
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from tests.ops.compose import MissingVariable, interpolate, load

ROOT = Path(__file__).resolve().parents[2]
_OURS = ["migrate", "web", "worker-score", "worker-ingest", "worker-prompt", "beat"]


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    return load()


def _schema_errors(document: dict[str, Any]) -> list[str]:
    """Against the specification's own schema, which the dev dependency check-jsonschema ships."""
    text = (
        files("check_jsonschema")
        .joinpath("builtin_schemas/vendor/compose-spec.json")
        .read_text(encoding="utf-8")
    )
    schema = json.loads(text)
    return [error.message for error in jsonschema.Draft202012Validator(schema).iter_errors(document)]


def test_the_file_follows_the_compose_specification(compose: dict[str, Any]) -> None:
    assert _schema_errors(compose) == []


def test_the_schema_finds_a_wrong_key() -> None:
    assert len(_schema_errors({"services": {"web": {"image": "x", "comand": ["y"]}}})) == 1


def test_every_service_has_a_health_check_but_the_one_off(compose: dict[str, Any]) -> None:
    checked = {
        name for name, service in compose["services"].items() if "test" in service.get("healthcheck", {})
    }

    assert set(compose["services"]) - checked == {"migrate"}


@pytest.mark.parametrize("name", _OURS)
def test_our_services_run_confined_and_after_the_migrations(compose: dict[str, Any], name: str) -> None:
    service = compose["services"][name]

    confined = {key: service[key] for key in ("read_only", "cap_drop", "security_opt", "tmpfs", "volumes")}
    assert confined == {
        "read_only": True,
        "cap_drop": ["ALL"],
        "security_opt": ["no-new-privileges:true"],
        "tmpfs": ["/tmp"],
        "volumes": ["hub-data:/data"],
    }
    if name != "migrate":
        assert service["depends_on"]["migrate"] == {"condition": "service_completed_successfully"}


def test_every_service_drops_what_its_start_does_not_need(compose: dict[str, Any]) -> None:
    kept = [name for name, one in compose["services"].items() if one.get("cap_drop") != ["ALL"]]
    assert kept == []


def test_no_service_mounts_a_path_of_the_host(compose: dict[str, Any]) -> None:
    mounts = {
        volume.split(":")[0]
        for service in compose["services"].values()
        for volume in service.get("volumes", [])
    }

    assert mounts == set(compose["volumes"])


def test_secrets_come_from_files_only(compose: dict[str, Any]) -> None:
    environment = compose["services"]["web"]["environment"]

    assert environment["SECRET_KEY_FILE"] == "/run/secrets/secret_key"
    assert environment["DATABASE_PASSWORD_FILE"] == "/run/secrets/database_password"
    secret = {"SECRET_KEY", "DATABASE_PASSWORD", "EMAIL_HOST_PASSWORD", "METRICS_TOKEN"}
    assert secret & set(environment) == set()
    assert {f"{name}_FILE" for name in secret} <= set(environment)
    mounted = {environment[f"{name}_FILE"].removeprefix("/run/secrets/") for name in secret}
    assert mounted == set(compose["secrets"]) == set(compose["services"]["web"]["secrets"])
    assert all(set(secret) == {"file"} for secret in compose["secrets"].values())


def test_the_first_start_makes_every_secret_so_that_the_containers_can_read_it(
    compose: dict[str, Any],
) -> None:
    """A secret from a file keeps its owner and mode; a user of the image is nobody on the host."""
    head = (ROOT / "docker-compose.yml").read_text(encoding="utf-8").partition("\nname:")[0]

    assert [name for name in compose["secrets"] if f"secrets/{name}" not in head] == []
    assert "mkdir -m 700 secrets" in head
    assert "chmod 444 secrets/*" in head
    assert "umask" not in head


def test_every_queue_has_a_worker(compose: dict[str, Any], settings: Any) -> None:
    served = set()
    for service in compose["services"].values():
        command = service.get("command", [])
        if "-Q" in command:
            served |= set(command[command.index("-Q") + 1].split(","))

    routed = {route["queue"] for route in settings.CELERY_TASK_ROUTES.values()}
    assert served == routed | {settings.CELERY_TASK_DEFAULT_QUEUE}


def test_only_the_web_service_is_published_and_on_the_loopback_only(compose: dict[str, Any]) -> None:
    published = {name: s["ports"] for name, s in compose["services"].items() if s.get("ports")}

    assert published == {"web": ["127.0.0.1:${COE_PORT:-8000}:8000"]}


def test_a_forgotten_host_name_stops_the_start() -> None:
    with pytest.raises(MissingVariable, match="name the hosts the hub answers to"):
        interpolate("${ALLOWED_HOSTS:?name the hosts the hub answers to}", {})


def test_variables_are_filled_in() -> None:
    assert interpolate("${A:-x} ${B:-y} ${C}", {"A": "1"}) == "1 y "


def test_the_image_runs_as_nobody_special_and_installs_the_lock() -> None:
    lines = (ROOT / "Dockerfile").read_text(encoding="utf-8").splitlines()

    assert "USER 10001:10001" in lines
    assert any("pip install --no-deps --require-hashes -r /tmp/requirements.lock" in line for line in lines)
    assert any(line.startswith("HEALTHCHECK ") for line in lines)
