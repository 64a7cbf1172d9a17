"""A spoke's first hour with the API in Python, with nothing but the standard library. The hub's own tests run this file.

    HUB=https://hub.example.com TOKEN=coe_… python first_hour.py

`Hub` is a client small enough to copy: it pages, keeps to the rate limit, repeats safely, and tells refusals in words.
"""

import datetime as dt
import gzip
import json
import os
import time
import urllib.error
import urllib.parse
import urllib.request
import uuid
from collections.abc import Iterable, Iterator
from typing import Any


class Refused(Exception):
    """The hub said no: `status`, and `problems` with a pointer to each place and what to do about it."""

    def __init__(self, status: int, problem: dict[str, Any]) -> None:
        self.status, self.problem = status, problem
        self.problems = problem.get("errors", [])
        places = "; ".join(f"{one['pointer'] or '/'}: {one['detail']}" for one in self.problems)
        super().__init__(f"{status} {problem.get('title', '')} {places}".strip())


class Hub:
    """One hub, one token."""

    def __init__(self, address: str, token: str, patience: int = 3) -> None:
        self.address, self.token, self.patience = address.rstrip("/"), token, patience

    def call(
        self, method: str, path: str, body: Any = None, *, kind: str = "application/json", **headers: str
    ) -> tuple[Any, Any]:
        """One request: the answer's body and its headers. A write carries a key of its own, so it may be sent again."""
        data = body if body is None or isinstance(body, bytes) else json.dumps(body).encode()
        sent = {
            "Authorization": f"Bearer {self.token}",
            **{k.replace("_", "-"): v for k, v in headers.items()},
        }
        if data is not None:
            sent["Content-Type"] = kind
        if method == "POST":
            sent.setdefault("Idempotency-Key", str(uuid.uuid4()))
        for attempt in range(self.patience):
            request = urllib.request.Request(self.address + path, data, sent, method=method)
            try:
                with urllib.request.urlopen(request, timeout=60) as answer:
                    text = answer.read()
                    return (json.loads(text) if text else None), answer.headers
            except urllib.error.HTTPError as error:
                if error.code in (429, 503) and attempt + 1 < self.patience:
                    time.sleep(int(error.headers.get("Retry-After", "1")))
                    continue
                text = error.read()
                is_problem = "json" in error.headers.get("Content-Type", "")
                raise Refused(error.code, json.loads(text) if is_problem else {}) from error
        raise AssertionError("the last attempt answers or raises")

    def get(self, path: str, **query: Any) -> Any:
        """Read one thing."""
        return self.call("GET", path + ("?" + urllib.parse.urlencode(query) if query else ""))[0]

    def all(self, path: str, **query: Any) -> Iterator[dict[str, Any]]:
        """Every row of a list, a page at a time; the cursor costs no count, and misses nothing that is added meanwhile."""
        page = self.get(path, **{"cursor": "", "limit": 500, **query})
        yield from page["results"]
        while page["next"]:
            page = self.get(page["next"])
            yield from page["results"]

    def edit(self, path: str, **changes: Any) -> Any:
        """Read, change, write; somebody else's change in between is a Refused 412 and nothing is lost."""
        _record, headers = self.call("GET", path)
        return self.call("PATCH", path, changes, If_Match=headers["ETag"])[0]

    def stream(self, rows: Iterable[dict[str, Any]], **query: str) -> Any:
        """Send many observations; the answer is an import to watch: its `url` tells `state`, counts and problems."""
        packed = gzip.compress("\n".join(json.dumps(row) for row in rows).encode())
        path = "/api/v1/observations/import/" + ("?" + urllib.parse.urlencode(query) if query else "")
        return self.call("POST", path, packed, kind="application/x-ndjson", Content_Encoding="gzip")[0]


def first_hour(hub: Hub) -> None:
    """From a token to the first figures on the dashboard."""
    me = hub.get("/api/v1/me/")
    print(f"I am {me['display']}; I see {me['lines']} lines and may {', '.join(me['permissions'])}.")

    line = me["token"]["line"]
    for one in hub.all("/api/v1/lines/", fields="code,name"):
        print(f"  line {one['code']}: {one['name']}")

    card = hub.get(f"/api/v1/scorecards/{line['code']}/")
    print(f"{line['display']} is {'judged' if card['is_scored'] else 'not judged yet'}.")
    for step in card["next"]["steps"][:3]:
        print(f"  next: {step}")

    # PUT says what shall be there. Run it every night from your own list: the second time nothing is registered twice.
    account, _headers = hub.call(
        "PUT", "/api/v1/accounts/",
        {"line": line["code"], "profile_url": "https://www.instagram.com/acmefirsthour", "change_message": "First hour"},
    )  # fmt: skip
    account = hub.edit(account["url"], purpose="Pictures of the line")
    print(
        f"Registered @{account['handle']} on {account['platform']['display']}, revision {account['revision']}."
    )

    yesterday = dt.datetime.now(dt.UTC).date() - dt.timedelta(days=1)
    pushed, _headers = hub.call(
        "POST", "/api/v1/observations/",
        [{"account": account["id"], "metric": "followers", "on": yesterday.isoformat(), "value": 340}],
    )  # fmt: skip
    print(f"Pushed yesterday: {pushed['created']} new, {pushed['unchanged']} known already.")

    # A month of history goes as a stream; a worker takes it in, row by row, and every refused row is told with its reason.
    days = [yesterday - dt.timedelta(days=back) for back in range(1, 31)]
    sent = hub.stream(
        {"platform": "instagram", "handle": "acmefirsthour", "metric": "followers", "date": day.isoformat(), "value": 300 + place}
        for place, day in enumerate(reversed(days))
    )  # fmt: skip
    print(f"Sent {len(days)} days of history: {sent['url']} is {sent['state']}.")

    try:
        hub.call(
            "PUT", "/api/v1/accounts/", {"line": "not-mine", "profile_url": "https://www.instagram.com/other"}
        )
    except Refused as error:
        print(f"As it should be: {error}")

    feed = hub.get("/api/v1/changes/", limit=100, line_subtree=line["code"])
    print(f"{len(feed['results'])} changes so far; go on from ?since={feed['cursor']} next time.")


if __name__ == "__main__":
    first_hour(Hub(os.environ["HUB"], os.environ["TOKEN"]))
