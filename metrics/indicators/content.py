"""Content and engagement: description, activity, and how service accounts answer."""

import datetime as dt
from collections import defaultdict
from fractions import Fraction
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext as _, gettext_lazy

from coe.enums.accounts import AccountState, DormantDecision
from coe.models import SocialAccount
from metrics.enums.maturity import ReadingState
from metrics.indicators.accounts import AccountCheck, account_item, indicator
from metrics.indicators.base import Combine, EvidenceItem, Indicator, Lines, Moment, Reading, of_lines
from metrics.models import Observation

RESPONSE_RATE = "response_rate"
FIRST_RESPONSE = "first_response_minutes"
SERVICE_WINDOW_DAYS = 30
UNDECIDED_DAYS = 30


def _since(moment: Moment, days: int) -> dt.datetime:
    return moment.at - dt.timedelta(days=days)


def _within_dormancy(moment: Moment) -> Q:
    limits, _cadences = moment.rhythms
    condition = Q(dormancy_limit_days__isnull=True, last_post_at__gte=_since(moment, moment.dormancy_days))
    for days in limits:
        condition |= Q(dormancy_limit_days=days, last_post_at__gte=_since(moment, days))
    return condition


def _within_cadence(moment: Moment) -> Q:
    _limits, cadences = moment.rhythms
    condition = Q(pk__in=[])
    for days in cadences:
        condition |= Q(planned_cadence_days=days, last_post_at__gte=_since(moment, days))
    return condition


def _decided_in_time(moment: Moment) -> Q:
    return (
        ~Q(state=AccountState.DORMANT)
        | ~Q(dormant_decision=DormantDecision.NONE)
        | Q(state_since__gte=_since(moment, UNDECIDED_DAYS))
    )


def _service_rows(
    lines: Lines, moment: Moment
) -> dict[int, list[tuple[SocialAccount, dict[str, list[dict[str, Any]]]]]]:
    """Service accounts by line, each with its figures in the window by metric (two queries)."""
    accounts = list(
        SocialAccount.objects.live()
        .filter(of_lines(lines), is_service=True)
        .select_related("platform")
        .order_by("pk")
    )
    figures: dict[int, dict[str, list[dict[str, Any]]]] = defaultdict(lambda: defaultdict(list))
    if accounts:
        rows = Observation.objects.filter(
            account__in=[account.pk for account in accounts],
            metric__code__in=[RESPONSE_RATE, FIRST_RESPONSE],
            on__gt=moment.ago(SERVICE_WINDOW_DAYS),
            on__lte=moment.on,
        ).values("account_id", "metric__code", "metric__scale", "on", "value", "numerator", "denominator")
        for row in rows:
            figures[row["account_id"]][row["metric__code"]].append(row)
    grouped: dict[int, list[tuple[SocialAccount, dict[str, list[dict[str, Any]]]]]] = defaultdict(list)
    for account in accounts:
        grouped[account.line_id].append((account, figures[account.pk]))
    return grouped


def _hours(rows: list[dict[str, Any]]) -> Fraction:
    """The newest median of an account, in hours."""
    newest = max(rows, key=lambda row: row["on"])
    return Fraction(newest["value"] or 0, 60 * 10 ** newest["metric__scale"])


def _service(codes: frozenset[str], lines: Lines, moment: Moment) -> list[Reading]:
    """Response rate over all messages, and the slowest account's median of the first response.

    Medians cannot be added up, so the slowest account speaks for its line, and the slowest line for those above. Every service
    account must report: a silent one makes the line "no data", or dropping the worst account's figures would raise the rest.
    """
    found = []
    for line_id, accounts in sorted(_service_rows(lines, moment).items()):
        count = len(accounts)
        for code, metric in (
            ("service.response_rate", RESPONSE_RATE),
            ("service.median_first_response_hours", FIRST_RESPONSE),
        ):
            if code not in codes:
                continue
            reported = [figures[metric] for _account, figures in accounts if figures[metric]]
            if len(reported) < count:
                found.append(Reading(line_id, code, state=ReadingState.NO_DATA, records=count))
                continue
            rows = [row for figures in reported for row in figures]
            newest = max(row["on"] for row in rows)
            if metric == RESPONSE_RATE:
                answered = sum(row["numerator"] or 0 for row in rows)
                received = sum(row["denominator"] or 0 for row in rows)
                if received:
                    found.append(
                        Reading(line_id, code, answered, received, evidence_on=newest, records=len(rows))
                    )
            else:
                slowest = max(_hours(figures) for figures in reported)
                found.append(
                    Reading(
                        line_id,
                        code,
                        slowest.numerator,
                        slowest.denominator,
                        evidence_on=newest,
                        records=len(rows),
                    )
                )
    return found


def _unanswered(lines: Lines, moment: Moment, limit: int) -> list[EvidenceItem]:
    """Service accounts, those without figures first, then by the share they leave unanswered."""
    ranked = []
    for accounts in _service_rows(lines, moment).values():
        for account, figures in accounts:
            rows = figures[RESPONSE_RATE]
            received = sum(row["denominator"] or 0 for row in rows)
            answered = sum(row["numerator"] or 0 for row in rows)
            if not rows:
                ranked.append(
                    (Fraction(-1), account, _("No response rate was reported in the last 30 days."))
                )
            elif answered < received:
                why = _("%(answered)d of %(received)d messages were answered.") % {
                    "answered": answered,
                    "received": received,
                }
                ranked.append((Fraction(answered, received), account, why))
    ranked.sort(key=lambda row: (row[0], row[1].pk))
    return [account_item(account, why, "metrics") for _share, account, why in ranked[:limit]]


def _slowest(lines: Lines, moment: Moment, limit: int) -> list[EvidenceItem]:
    """Service accounts, those without figures first, then the slowest."""
    ranked = []
    for accounts in _service_rows(lines, moment).values():
        for account, figures in accounts:
            rows = figures[FIRST_RESPONSE]
            hours = _hours(rows) if rows else None
            why = (
                _("No median first response was reported in the last 30 days.")
                if hours is None
                else _("The median first response takes %(hours)s hours.") % {"hours": f"{float(hours):g}"}
            )
            ranked.append((hours is not None, -(hours or 0), account, why))
    ranked.sort(key=lambda row: (row[0], row[1], row[2].pk))
    return [account_item(account, why, "metrics") for _has, _hours_, account, why in ranked[:limit]]


_SERVICE_FACTS = frozenset({"accounts", "observations"})
INDICATORS = (
    indicator(
        AccountCheck(
            "accounts.described",
            passing=lambda moment: ~Q(purpose="") & ~Q(audience="") & ~Q(languages=[]),
            why=gettext_lazy("Purpose, audience or language is missing."),
            anchor="business",
        )
    ),
    indicator(
        AccountCheck(
            "accounts.comment_policy",
            population=lambda moment: Q(allows_comments=True, platform__allows_comments=True),
            passing=lambda moment: ~Q(comment_policy_url=""),
            why=gettext_lazy("It allows comments but links no comment policy."),
            facts=frozenset({"accounts", "platforms"}),
            anchor="compliance",
        )
    ),
    indicator(
        AccountCheck(
            "accounts.within_dormancy",
            passing=_within_dormancy,
            recorded=lambda moment: Q(last_post_at__isnull=False),
            why=gettext_lazy("It has been silent for longer than its dormancy limit."),
            facts=frozenset({"accounts", "organisation"}),
            anchor="activity",
        )
    ),
    indicator(
        AccountCheck(
            "accounts.within_cadence",
            passing=_within_cadence,
            recorded=lambda moment: Q(planned_cadence_days__isnull=False),
            why=gettext_lazy("It has no planned cadence, or does not keep it."),
            anchor="activity",
        )
    ),
    indicator(
        AccountCheck(
            "accounts.dormant_undecided",
            passing=_decided_in_time,
            why=gettext_lazy(
                "It has been dormant for more than 30 days without a decision to keep or close it."
            ),
            counted=True,
            anchor="activity",
        )
    ),
    Indicator("service.response_rate", _service, _unanswered, _SERVICE_FACTS),
    Indicator("service.median_first_response_hours", _service, _slowest, _SERVICE_FACTS, Combine.MAX),
)
