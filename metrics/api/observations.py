"""Observations: what was measured, and the daily push of a line's own tools."""

import datetime as dt
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.db.models import Q
from django.utils.translation import gettext as _
from rest_framework.request import Request
from rest_framework.response import Response

from coe import handles
from coe.api.base.bodies import Input
from coe.api.base.fields import Field, Filter, Resource, account_brief, brief, line_field
from coe.api.base.idempotency import idempotent
from coe.api.base.views import HubView, Operation
from coe.api.relations import ACCOUNT, PLATFORM
from coe.enums.roles import Permission
from coe.enums.work import RowOutcome
from coe.errors import Invalid, Problem
from coe.models import BusinessLine
from coe.rules.scope import accounts_in_scope, allowed_lines, lines_in_scope
from coe.services.line_codes import line_key
from coe.services.platforms import catalogue
from metrics.api.metrics import METRIC, metric_brief
from metrics.api.numbers import scaled_number, told_number
from metrics.enums.dictionary import Source
from metrics.models import Metric
from metrics.selectors.observations import observations_visible_to
from metrics.services.observing import NewObservation, record_observations

MOST = 10_000
_NUMBERS = ("value", "numerator", "denominator")
_KNOWN = frozenset({"account", "line", "metric", "on", *_NUMBERS})

OBSERVATIONS = Resource(
    name="Observation",
    plural="observations",
    rows=observations_visible_to,
    line="line",
    also_line="account__line",
    fields=(
        brief("account", "AccountBrief", account_brief, ("public_id", "handle", "platform__code")),
        line_field(),
        brief("metric", "MetricBrief", metric_brief, ("public_id", "code", "labels")),
        Field("on", ("on",), "date"),
        *(Field(name, (name, "metric__scale"), "number", told_number, nullable=True) for name in _NUMBERS),
        Field("source", ("source",), choices=Source),
        Field("observed_at", ("observed_at",), "datetime"),
    ),
    filters=(
        Filter("account", "account__public_id", "uuid", relation=ACCOUNT),
        Filter("platform", "account__platform__code", relation=PLATFORM),
        Filter("metric", "metric__code", relation=METRIC),
        Filter("on", "on", "date"),
        Filter("source", "source", choices=Source),
        Filter("observed_at", "observed_at", "datetime"),
    ),
    ordering={"on": "on", "metric": "metric__code", "observed_at": "observed_at"},
    default=("-on",),
    description="One value of one metric of one account (or line) on one day. A missing day has no row. Use the cursor for long lists.",
)
PUSH = (
    Input("account", "any", note="An account's id, or {platform, handle}."),
    Input("line", note="A line's code, for metrics measured on lines."),
    Input("metric", required=True, note="A metric's code."),
    Input("on", "date", required=True),
    *(Input(name, "number") for name in _NUMBERS),
)
_ANSWER = {
    "type": "object",
    "properties": {
        name: {"type": "integer"} for name in ("rows", "created", "updated", "unchanged", "skipped")
    },
}


class ObservationListView(HubView):
    """Observations."""

    resource = OBSERVATIONS
    tag = "observations"
    permissions = {"GET": Permission.VIEW, "POST": Permission.SUBMIT_METRICS}
    operations = {
        "GET": Operation("List observations", is_list=True),
        "POST": Operation(
            "Push observations, all or nothing; the same again changes nothing",
            PUSH,
            answer=_ANSWER,
            takes_array=True,
        ),
    }

    def get(self, request: Request) -> Response:
        """A page of observations."""
        return self.listed(OBSERVATIONS)

    @idempotent
    def post(self, request: Request) -> Response:
        """Store values; another value for the same day corrects it and keeps the earlier one."""
        data = request.data
        items = data if isinstance(data, list) else [data]
        if not 1 <= len(items) <= MOST:
            raise Invalid.one("", "out_of_range", _("Send 1 to %(most)s objects at once.") % {"most": MOST})
        reader = _Reader(self, items)
        rows = [reader.row(number, item) for number, item in enumerate(items)]
        if reader.problems:
            raise Invalid(reader.problems[0].message, problems=tuple(reader.problems))
        done = record_observations(
            [row for row in rows if row is not None],
            by=self.principal.actor, at=self.at, source=Source.API, metrics=reader.metrics, lines=reader.owners,
        )  # fmt: skip
        outcomes = (RowOutcome.CREATED, RowOutcome.UPDATED, RowOutcome.UNCHANGED, RowOutcome.SKIPPED)
        return Response({"rows": len(rows), **{outcome.value: done.count(outcome) for outcome in outcomes}})


def _text(value: Any) -> str:
    return value if isinstance(value, str) and "\x00" not in value else ""


class _Reader:
    """The rows of a push with everything they name, read with one query a kind."""

    def __init__(self, view: HubView, items: list[Any]) -> None:
        self.problems: list[Problem] = []
        given = [item for item in items if isinstance(item, dict)]
        self.metrics: Mapping[str, Metric] = {
            metric.code: metric
            for metric in Metric.objects.filter(code__in={_text(item.get("metric")) for item in given})
        }
        allowed = set(allowed_lines(view.principal, Permission.SUBMIT_METRICS).values_list("pk", flat=True))
        self._platforms = (
            catalogue().by_code if any(isinstance(item.get("account"), dict) for item in given) else {}
        )
        ids = {key for item in given if isinstance(key := self._account_key(item.get("account")), UUID)}
        names = {key for item in given if isinstance(key := self._account_key(item.get("account")), tuple)}
        self._accounts: dict[Any, tuple[int, bool]] = {}
        self.owners: dict[int, int] = {}
        columns = ("pk", "line_id", "public_id", "platform__code", "handle_key")
        seen = accounts_in_scope(view.principal)
        found = list(seen.filter(public_id__in=ids).values_list(*columns)) if ids else []
        if names:
            registered = seen.registered().filter(
                platform__code__in={one[0] for one in names}, handle_key__in={one[1] for one in names}
            )
            found += list(registered.values_list(*columns))
        for pk, line_id, public_id, platform, handle in found:
            self._accounts[public_id] = self._accounts[platform, handle] = (pk, line_id in allowed)
            self.owners[pk] = line_id
        wanted = {self._line_key(item.get("line")) for item in given} - {None}
        named = Q(code_key__in=[key for key in wanted if isinstance(key, str)])
        named |= Q(public_id__in=[key for key in wanted if isinstance(key, UUID)])
        lines = lines_in_scope(view.principal).filter(named) if wanted else BusinessLine.objects.none()
        self._lines: dict[Any, tuple[int, bool]] = {}
        for pk, code, public_id in lines.values_list("pk", "code_key", "public_id"):
            self._lines[code] = self._lines[public_id] = (pk, pk in allowed)

    def _line_key(self, given: Any) -> UUID | str | None:
        """A line by its code, by `{"code": …}` or by `{"id": …}`, as everywhere in the API."""
        if isinstance(given, dict) and set(given) == {"id"}:
            return self._account_key(given["id"]) if isinstance(given["id"], str) else None
        code = _text(given.get("code") if isinstance(given, dict) and set(given) == {"code"} else given)
        return line_key(code) if code else None

    def _account_key(self, given: Any) -> UUID | tuple[str, str] | None:
        if isinstance(given, str):
            try:
                return UUID(given)
            except ValueError:
                return None
        if isinstance(given, dict) and set(given) == {"platform", "handle"}:
            platform = self._platforms.get(_text(given["platform"]))
            handle = handles.normalise_handle(platform, _text(given["handle"])) if platform else None
            return (platform.code, handle) if platform and handle else None
        return None

    def _bad(self, number: int, field: str, code: str, message: str) -> None:
        self.problems.append(Problem(field, code, message, row=number))

    def row(self, number: int, item: Any) -> NewObservation | None:
        """One row of the push; None when something is wrong with it, which is noted."""
        before = len(self.problems)
        if not isinstance(item, dict):
            self._bad(number, "", "object_expected", _("Send a JSON object."))
            return None
        for name in sorted(set(item) - _KNOWN):
            self._bad(number, name[:80], "field_unknown", _("“%(name)s” cannot be set here. Known: %(known)s.") % {
                "name": name[:80], "known": ", ".join(sorted(_KNOWN)),
            })  # fmt: skip
        metric = self.metrics.get(_text(item.get("metric")))
        if metric is None:
            named = {"value": str(item.get("metric"))[:80]}
            self._bad(
                number,
                "metric",
                "metric_unknown",
                _("“%(value)s” is not a metric of the dictionary.") % named,
            )
        try:
            on = dt.date.fromisoformat(_text(item.get("on")))
        except ValueError:
            on = None
            self._bad(number, "on", "date_expected", _("Write the day as 2026-01-31."))
        account_id = self._subject(
            number, item, "account", self._accounts.get(self._account_key(item.get("account")))
        )
        line_id = self._subject(number, item, "line", self._lines.get(self._line_key(item.get("line"))))
        numbers: dict[str, int] = {}
        for name in _NUMBERS if metric is not None else ():
            if item.get(name) is not None:
                scaled = scaled_number(name, item[name], metric.scale if metric else 0)
                if isinstance(scaled, Problem):
                    self._bad(number, scaled.field, scaled.code, scaled.message)
                else:
                    numbers[name] = scaled
        if len(self.problems) > before or metric is None or on is None:
            return None
        return NewObservation(metric.code, on, account_id, line_id, **numbers)

    def _subject(
        self, number: int, item: Mapping[str, Any], name: str, found: tuple[int, bool] | None
    ) -> int | None:
        if item.get(name) is None:
            return None
        if found is None:
            self._bad(
                number,
                name,
                "not_found",
                _("“%(text)s” does not exist in your scope.") % {"text": str(item[name])[:80]},
            )
            return None
        if not found[1]:
            self._bad(number, name, "not_allowed", _("You may not report for this line."))
        return found[0]
