"""Row 9: a scorecard as it was known on a day in the past, against today's."""

import datetime as dt
from typing import Any

import orjson

from bench.callers import token_headers
from bench.frame import Bench, Goal, Result, Row, Unequal
from bench.server import Client, serving

_CALLS = 20
_BACK = dt.timedelta(days=50)


def _same(past: bytes, today: bytes) -> None:
    """Two whole scorecards of one line; what they say differs, since the company changed between them."""
    ours, theirs = (orjson.loads(answer) for answer in (past, today))
    for name in ("criteria", "dimensions"):
        if len(ours[name]) != len(theirs[name]) or not ours[name]:
            raise Unequal(f"{len(ours[name])} {name} then, {len(theirs[name])} now")
    if ours["as_of"] == theirs["as_of"]:
        raise Unequal("both are of the same day")


def _run(bench: Bench) -> list[Result]:
    with serving() as port:
        client = Client(port)
        today = f"/api/v1/scorecards/{bench.world.region}/"
        past = f"{today}?as_of={bench.world.day - _BACK}"

        def before() -> None:
            client.fresh()
            client.headers = token_headers(bench.world)

        before()

        def ask(address: str) -> Any:
            return lambda _n: client.request(address)

        result = bench.compare(
            9, "scorecard as of 50 days ago (API, token)", "today's scorecard of the same line",
            ask(past), ask(today), goal=Goal(1.5), calls=_CALLS, same=_same, before=before, queries=client.queries(past),
        )  # fmt: skip
    return [result]


ROWS = (Row(9, "Scorecard of the past", _run),)
