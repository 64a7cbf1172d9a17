"""Row 7: a change sent over the API until its verdict is told by the API, with a worker running, against a task that does nothing."""

import contextlib
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import orjson
from celery import current_app

from bench.callers import token_headers
from bench.frame import Bench, Goal, Result, Row, Unequal
from bench.server import Client, Failed, serving
from coe.enums.accounts import LIVE_STATES, MfaState
from coe.models import LineFact, SocialAccount

_CALLS = 5
_PATIENCE = 60.0
_STEP = 0.005


@contextlib.contextmanager
def _working(ready: Callable[[], None]) -> Iterator[None]:
    """Run a worker as in production (the queue that scores, 2 processes) while the block runs."""
    command = [sys.executable, "-m", "celery", "-A", "config", "worker", "-Q", "score", "--concurrency=2"]
    command += ["-I", "bench.noop", "--loglevel=ERROR", "--without-gossip", "--without-mingle"]
    process = subprocess.Popen(command, env={**os.environ, "DJANGO_SETTINGS_MODULE": "bench.settings"})
    try:
        ready()
        yield
    finally:
        process.terminate()
        process.wait(timeout=60)


def _until(found: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + _PATIENCE
    while not found():
        if time.monotonic() > deadline:
            raise Failed(f"{what} did not come within {_PATIENCE:.0f} s")
        time.sleep(_STEP)


def _run(bench: Bench) -> list[Result]:
    account = (
        SocialAccount.objects.filter(
            state__in=LIVE_STATES,
            platform__is_mfa_capable=True,
            line__is_spoke=True,
            line__ancestor_links__ancestor__code=bench.world.region,
        )
        .select_related("line")
        .order_by("pk")[0]
    )
    card, page = f"/api/v1/scorecards/{account.line.code}/", f"/api/v1/accounts/{account.public_id}/"
    mark = Path(bench.options["folder"]).resolve() / "noop"
    LineFact.objects.all().delete()

    def nothing(number: int) -> None:
        mark.unlink(missing_ok=True)
        current_app.send_task("bench.noop", kwargs={"path": str(mark)})
        _until(mark.exists, "the task that does nothing")

    with serving() as port, _working(lambda: nothing(0)):
        client = Client(port)

        def before() -> None:
            client.fresh()
            client.headers = token_headers(bench.world, ("read", "accounts:write")) | {
                "Content-Type": "application/json"
            }

        def told() -> Any:
            found = orjson.loads(client.request(card))
            return [(row["code"], row["verdict"], row["numerator"]) for row in found["criteria"]]

        seen: dict[str, Any] = {}

        def visible(number: int) -> None:
            was = seen["card"]

            def differs() -> bool:
                seen["card"] = told()
                return bool(seen["card"] != was)

            state = MfaState.OFF if number % 2 else MfaState.ON
            client.request(page, method="PATCH", body=orjson.dumps({"mfa_state": state}))
            _until(differs, "the verdict")

        before()
        # From here on every change is one.
        SocialAccount.objects.filter(pk=account.pk).update(mfa_state=MfaState.UNKNOWN)
        client.request(page, method="PATCH", body=orjson.dumps({"mfa_state": MfaState.ON}))
        _until(lambda: not LineFact.objects.exists(), "the first score")
        seen["card"] = told()
        if not seen["card"]:
            raise Unequal("the scorecard has no criterion")
        return [
            bench.compare(
                7, "a change over the API until its verdict is told", "a task that leaves an empty file, until the file is there",
                visible, nothing, goal=Goal(5), calls=_CALLS, same=lambda _ours, _theirs: None, before=before,
            )
        ]  # fmt: skip


ROWS = (Row(7, "change to verdict", _run),)
