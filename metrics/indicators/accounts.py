"""Questions about live accounts, of the shape "how many of these are so": all of them answered by one conditional aggregate.

The dimension files declare their checks and hand them to `indicator`; nothing here knows what a check is about.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Max, Q, QuerySet
from django.utils.functional import Promise

from coe.models import SocialAccount
from metrics.enums.maturity import ReadingState
from metrics.indicators.base import Combine, EvidenceItem, Indicator, Lines, Moment, Reading, of_lines


@dataclass(frozen=True)
class AccountCheck:
    """A question about live accounts.

    `population` narrows whom it is about, `passing` says when it holds. Where `recorded` is given and holds for nobody, nothing
    was ever written down and the line has "no data" instead of a plain miss. `dated` names the field that dates the evidence.
    `counted` reports the number of failures instead of the share that passes.
    """

    code: str
    passing: Callable[[Moment], Q]
    why: str | Promise
    population: Callable[[Moment], Q] = lambda moment: Q()
    recorded: Callable[[Moment], Q] | None = None
    dated: str = ""
    facts: frozenset[str] = frozenset({"accounts"})
    counted: bool = False
    anchor: str = ""


CHECKS: dict[str, AccountCheck] = {}


def _live(lines: Lines) -> QuerySet[SocialAccount]:
    return SocialAccount.objects.live().filter(of_lines(lines)).order_by()


def collect(codes: frozenset[str], lines: Lines, moment: Moment) -> list[Reading]:
    """Measure every check asked for with one query, one row a line."""
    wanted = [CHECKS[code] for code in sorted(codes)]
    return [reading for row in counted(wanted, lines, moment) for reading in _readings(row, wanted)]


def counted(
    wanted: Sequence[AccountCheck], lines: Lines, moment: Moment
) -> QuerySet[SocialAccount, dict[str, Any]]:
    """One row a line: of the check at each place how many pass (n), of how many (d), recorded (r) and the newest evidence (e)."""
    counts: dict[str, Any] = {}
    for place, check in enumerate(wanted):
        population, passing = check.population(moment), check.passing(moment)
        # A condition that negates nothing is told as it is; `Count` without a filter is cheaper than one on an empty Q.
        counts[f"n{place}"] = Count("pk", filter=population & passing)
        counts[f"d{place}"] = Count("pk", filter=population) if population else Count("pk")
        if check.recorded is not None:
            counts[f"r{place}"] = Count("pk", filter=population & check.recorded(moment))
        if check.dated:
            counts[f"e{place}"] = Max(check.dated, filter=population & passing)
    return _live(lines).values("line_id").annotate(**counts)


def _readings(row: dict[str, Any], wanted: list[AccountCheck]) -> list[Reading]:
    found = []
    for place, check in enumerate(wanted):
        passing, population = row[f"n{place}"], row[f"d{place}"]
        if not population:
            continue
        evidence_on = row.get(f"e{place}")
        if check.counted:
            found.append(Reading(row["line_id"], check.code, population - passing, None, records=population))
        elif row.get(f"r{place}", 1) == 0:
            found.append(
                Reading(
                    row["line_id"], check.code, None, population, ReadingState.NO_DATA, records=population
                )
            )
        else:
            found.append(
                Reading(
                    row["line_id"],
                    check.code,
                    passing,
                    population,
                    evidence_on=evidence_on,
                    records=population,
                )
            )
    return found


def account_url(account: SocialAccount, anchor: str = "") -> str:
    """The page of an account, at the section where something is put right."""
    return account.get_absolute_url() + (f"#{anchor}" if anchor else "")


def account_item(account: SocialAccount, why: str, anchor: str = "") -> EvidenceItem:
    """An account as evidence."""
    label = f"{account} · {account.platform.name}"
    return EvidenceItem(label, why, account_url(account, anchor), "account", str(account.public_id))


def failing(check: AccountCheck, lines: Lines, moment: Moment, limit: int) -> list[EvidenceItem]:
    """The accounts that fail a check, the most important first (one query)."""
    rows = (
        _live(lines)
        .filter(check.population(moment))
        .exclude(check.passing(moment))
        .select_related("platform")
        .order_by("tier", "handle_key", "pk")[:limit]
    )
    return [account_item(account, str(check.why), check.anchor) for account in rows]


def indicator(check: AccountCheck) -> Indicator:
    """Make an indicator of a check."""
    CHECKS[check.code] = check

    def evidence(lines: Lines, moment: Moment, limit: int) -> list[EvidenceItem]:
        return failing(check, lines, moment, limit)

    return Indicator(check.code, collect, evidence, check.facts, Combine.SUM)
