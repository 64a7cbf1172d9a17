"""What a line still lacks before it can be scored, each with the page that helps."""

from typing import Any
from urllib.parse import quote

from django.db.models import Exists, QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _

from coe.models import BusinessLine, RoleAssignment, SocialAccount
from metrics.models import DailyRollup, RubricVersion


def missing_for(line: BusinessLine) -> list[dict[str, str]]:
    """What a line without scores still lacks, with the page that helps; only asked before the first measurement (one query)."""
    below = BusinessLine.objects.below(line).values("pk")
    rows: QuerySet[Any, Any] = BusinessLine.objects.filter(pk=line.pk)
    has_rubric, has_accounts, has_people, has_figures = rows.values_list(
        Exists(RubricVersion.objects.filter(is_current=True)),
        Exists(SocialAccount.objects.filter(line__in=below).registered()),
        Exists(RoleAssignment.objects.filter(line__in=below)),
        Exists(DailyRollup.objects.filter(line__in=below)),
    ).get()
    query = f"?line={quote(line.code)}"
    wanted = (
        (
            has_rubric,
            _("A rubric that is published"),
            _("Scores are judged by the current rubric; one ships with the hub."),
            "",
            "",
        ),
        (
            has_accounts,
            _("Accounts in the register"),
            _("Register an address, or import your spreadsheet."),
            reverse("account-create") + query,
            _("Register an account"),
        ),
        (
            has_people,
            _("People with a role"),
            _("Name who leads the line and who stands in."),
            reverse("person-list"),
            _("Open the people"),
        ),
        (
            has_figures,
            _("Figures of its accounts"),
            _("Import them, or let a token push them every day."),
            reverse("import-new") + "?kind=observations",
            _("Import figures"),
        ),
    )
    return [
        {"label": label, "text": text, "url": url, "action": action}
        for is_there, label, text, url, action in wanted
        if not is_there
    ]
