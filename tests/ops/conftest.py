"""Fixtures of the process proofs: a company to copy, a hub of one's own, a mail server."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.ops import servers
from tests.ops.hub import Hub
from tests.ops.mail import MailServer

# Names of our own: two runs on one machine leave each other alone (the Redis database they must share out themselves).
BROKER = int(os.environ.get("PROOF_REDIS_DB") or 9)
_COMPANY, _HUB = f"coe_proof_company_{os.getpid()}", f"coe_proof_{os.getpid()}"


@pytest.fixture(scope="session")
def company(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A database with a company in it, from which each proof copies its own."""
    servers.need(BROKER)
    with servers.database(_COMPANY) as name:
        Hub(tmp_path_factory.mktemp("company"), name, BROKER).company()
        yield name


@pytest.fixture
def hub(company: str, tmp_path: Path) -> Iterator[Hub]:
    """A hub without processes yet, on a copy of the company and an empty broker."""
    servers.need(BROKER)
    with servers.database(_HUB, template=company) as name:
        yield Hub(tmp_path, name, BROKER)


@pytest.fixture
def mail_server() -> Iterator[MailServer]:
    """A mail server that takes everything."""
    server = MailServer()
    yield server
    server.close()
