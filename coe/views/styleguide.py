"""The living style page: each component in each of its states, with made-up content. Staff only."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django import forms
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from coe.forms.tables import BulkAction, Column, CursorPage, Table

ROWS = (
    {
        "id": 1,
        "name": "@northwindfoods.eu",
        "platform": "Instagram",
        "followers": 412_380,
        "owner": "Marta Kowalczyk",
        "until": None,
    },
    {
        "id": 2,
        "name": "Northwind Foods Deutschland",
        "platform": "Facebook",
        "followers": 288_114,
        "owner": "Sofia Ricci",
        "until": dt.date(2027, 7, 14),
    },
    {
        "id": 3,
        "name": "@northwindkitchen",
        "platform": "TikTok",
        "followers": 190_022,
        "owner": "Sofia Ricci",
        "until": dt.date(2027, 7, 14),
    },
    {
        "id": 4,
        "name": "@northwind_recipes",
        "platform": "Pinterest",
        "followers": 41_870,
        "owner": "",
        "until": dt.date(2026, 10, 2),
    },
)
SCORES = (41, 42, 42, 44, 45, 47, 48, None, 51, 52, 54, 55, 56, 55, 58, 60, 62, 63)
AXES = {"STR": (66, 70), "GOV": (58, 75), "PEO": (61, 60), "TRN": (67, 70), "TLS": (59, 60), "MEA": (41, 60)}


class _FilterForm(forms.Form):
    q = forms.CharField(label=_("Contains"), required=False)
    state = forms.ChoiceField(label=_("State"), required=False, choices=[("", "–"), ("active", "Active")])


class _SampleForm(forms.Form):
    name = forms.CharField(label=_("Name"), help_text=_("As people say it."))
    vault = forms.CharField(label=_("Vault reference"), required=False)
    stage = forms.ChoiceField(
        label=_("Target stage"), choices=[("c", "Crawl"), ("w", "Walk")], widget=forms.RadioSelect
    )
    sheet = forms.FileField(label=_("Sheet"), required=False, help_text="CSV, XLSX")
    agreed = forms.BooleanField(label=_("I have read the policy"), required=False)

    def clean_vault(self) -> str:
        raise forms.ValidationError(
            _("This looks like a password. Enter the name of the vault entry instead.")
        )


def _table(request: HttpRequest, key: str, *, empty: bool = False) -> Table:
    columns = (
        Column("name", _("Account"), ("name",), fixed=True),
        Column("platform", _("Platform"), ("platform",)),
        Column("followers", _("Followers"), ("followers",), num=True),
        Column("owner", _("Owner")),
        Column("until", _("Certified until"), spare=False),
    )
    return Table(
        id=key,
        label=_("Accounts, sorted by followers") if not empty else _("Accounts, none found"),
        columns=columns,
        query=request.GET,
        row_template="styleguide/_row.html",
        default_sort="-followers",
        page=CursorPage([] if empty else list(ROWS), next_cursor="" if empty else "abc"),
        total=None if empty else 23,
        bulk=()
        if empty
        else (BulkAction("owner", _("Change owner")), BulkAction("archive", _("Archive"), danger=True)),
        exports=() if empty else ((_("CSV"), request.path),),
        empty={
            "icon": "at",
            "title": _("No accounts yet"),
            "text": _("Import your own sheet. A dry run shows what would happen."),
            "actions": [
                {"label": _("Import accounts"), "url": "#", "primary": True},
                {"label": _("Add one"), "url": "#"},
            ],
        },
    )


def _criteria() -> list[dict[str, Any]]:
    record = {
        "label": "@northwindfoods.eu",
        "url": "#",
        "facts": ["Instagram", "second owner left 9 Nov"],
        "fix_label": "name a second owner",
        "fix_url": "#",
    }
    shared = {"must": True, "evidence_text": "23 Nov"}
    return [
        shared
        | {
            "code": "GOV-W1",
            "statement": _("Threshold reached"),
            "verdict": "pass",
            "value_text": "23 / 23",
            "value": 23,
            "threshold": 23,
            "maximum": 23,
            "threshold_text": "100 %",
        },
        shared
        | {
            "code": "GOV-W2",
            "statement": _("Threshold missed"),
            "verdict": "fail",
            "value_text": "17 / 23",
            "value": 17,
            "threshold": 23,
            "maximum": 23,
            "threshold_text": "100 %",
            "records": [record],
            "records_text": "6",
            "records_open": True,
        },
        shared
        | {
            "code": "GOV-W3",
            "statement": _("Met today, about to lapse"),
            "verdict": "warn",
            "value_text": "22 / 22",
            "value": 22,
            "maximum": 22,
            "tone": "care",
            "threshold_text": "100 %",
            "note": _("Rests on a waiver that ends soon."),
        },
        shared
        | {
            "code": "GOV-W4",
            "statement": _("Nothing delivered, counts as not met"),
            "verdict": "no_data",
            "value_text": "–",
            "threshold_text": "100 %",
        },
        shared
        | {
            "code": "GOV-R1",
            "statement": _("Evidence too old, counts as not met"),
            "verdict": "stale",
            "value_text": "22 / 23",
            "value": 22,
            "threshold": 20.7,
            "maximum": 23,
            "tone": "care",
            "threshold_text": "≥ 90 %",
        },
        shared
        | {
            "code": "GOV-R2",
            "statement": _("The query failed, last good value kept"),
            "verdict": "error",
            "value_text": "88 %",
            "threshold_text": "≥ 90 %",
        },
        shared
        | {
            "code": "GOV-R3",
            "must": False,
            "statement": _("Nothing to measure, left out of the share"),
            "verdict": "not_applicable",
            "value_text": "0",
            "threshold_text": "≤ 30 min",
        },
        shared
        | {
            "code": "GOV-R4",
            "statement": _("Counts towards the stage, shown as such"),
            "verdict": "waived",
            "value_text": "37 / 44",
            "value": 37,
            "threshold": 39.6,
            "maximum": 44,
            "tone": "care",
            "threshold_text": "≥ 90 %",
        },
    ]


def styleguide_context(request: HttpRequest) -> dict[str, Any]:
    """Everything the style page shows; the clock is read here."""
    now = timezone.now()
    months = [dt.date(2025 + (5 + place) // 12, (5 + place) % 12 + 1, 1) for place in range(len(SCORES))]
    sample = _SampleForm({"name": "", "vault": "hunter2", "stage": "w"})
    sample.is_valid()
    return {
        "now": now,
        "earlier": now - dt.timedelta(minutes=25),
        "due": now.date() + dt.timedelta(days=19),
        "points": [(f"{month:%b %Y}", score) for month, score in zip(months, SCORES, strict=True)],
        "marks": [(f"{months[12]:%b %Y}", "Rubric 1.4.0")],
        "months": months,
        "series": [
            {"label": "Reach", "unit": "k", "values": [None if s is None else s * 31.7 for s in SCORES]},
            {"label": "Engagements", "unit": "k", "values": [None if s is None else s * 7.1 for s in SCORES]},
        ],
        "axes": [
            {"code": code, "label": code, "value": value, "target": target}
            for code, (value, target) in AXES.items()
        ],
        "ladders": [
            ["crawl", "walk", "run"],
            [{"index": i, "letter": str(i), "name": f"Level {i}"} for i in range(1, 6)],
        ],
        "five": [{"index": i, "letter": str(i), "name": f"Level {i}", "levels": 5} for i in range(6)],
        "four": [
            {"index": i, "letter": "ABCD"[i - 1], "name": f"Grade {'ABCD'[i - 1]}", "levels": 4}
            for i in range(1, 5)
        ],
        "tiles": [
            {"label": _("Better"), "value": 298, "whole": 341, "delta": 22},
            {"label": _("Worse"), "value": 164, "whole": 180, "delta": -4},
            {"label": _("Unchanged"), "value": 19, "whole": 21, "delta": 0},
            {"label": _("With trend"), "value": 63, "points": SCORES},
            {"label": _("No data"), "value": None, "note": "3 Sep"},
            {"label": _("Loading"), "loading": True},
        ],
        "tabs": [
            {"label": _("Scorecard"), "url": "#", "current": True},
            {"label": _("Accounts"), "url": "#", "count": 23},
            {"label": _("People"), "url": "#", "count": 44},
        ],
        "criteria": _criteria(),
        "table": _table(request, "sample"),
        "steps": [
            {"label": _("File"), "state": "done", "url": "#"},
            {"label": _("Columns"), "state": "now"},
            {"label": _("Check"), "state": ""},
        ],
        "empty_table": _table(request, "sample-empty", empty=True),
        "filter_form": _FilterForm(request.GET or None),
        "saved": [
            {"label": _("Orphans"), "url": "#", "current": True, "delete_url": "#"},
            {"label": _("Due this month"), "url": "#"},
        ],
        "form": sample,
        "events": [
            {"title": _("Now"), "at": now, "state": "now"},
            {
                "title": _("Went wrong"),
                "at": now - dt.timedelta(minutes=25),
                "state": "bad",
                "who": "Inês Duarte",
            },
            {"title": _("Done"), "at": now - dt.timedelta(days=81), "state": "done"},
            {"title": _("Planned"), "at": now.date() + dt.timedelta(days=19)},
        ],
        "facts": [
            {"label": _("Purpose"), "value": "Recipes and product news"},
            {"label": _("Followers"), "value": "412,380"},
            {"label": _("Last post"), "value": ""},
        ],
        "panel": {"title": _("Training"), "url": "#"},
        "wait": {"changes": 3, "is_late": True},
        "tags": ["launch", {"label": "tier 1", "url": "#"}],
        "verdicts": ["pass", "warn", "waived", "fail", "no_data", "stale", "error", "not_applicable"],
    }


@require_safe
def styleguide(request: HttpRequest) -> HttpResponse:
    """The page at /styleguide/."""
    if not request.user.is_staff:
        raise PermissionDenied
    return render(request, "styleguide/index.html", styleguide_context(request))
