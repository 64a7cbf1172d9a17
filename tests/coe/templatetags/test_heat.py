"""A row of the heat map shows what it is given, also when a row much like it was drawn before."""

from django.utils import translation

from coe.templatetags.heat import heat_row


def row(**more):
    cell = {
        "level": {"index": 2, "letter": "W", "name": "Walk"}, "score": 71, "delta": 3, "url": "/lines/EU/#d-GOV",
        "dimension": "Governance", "target": None,
    }  # fmt: skip
    return {
        "code": "EU", "name": "Europe", "url": "/lines/EU/", "group": False, "total": False,
        "stage": {"index": 2, "letter": "W", "name": "Walk", "levels": 3}, "waived": 0, "cells": [cell | more, None],
    }  # fmt: skip


def test_a_row_has_its_line_its_stage_and_a_cell_for_each_dimension():
    html = heat_row(row())

    assert html.startswith('<tr class=""><th scope="row"><a href="/lines/EU/">')
    assert html.count("<td") == 3
    assert 'href="/lines/EU/#d-GOV"' in html
    assert "Governance: Walk, score 71, up 3 since last quarter" in html
    assert '<span class="visually-hidden">not assessed</span>' in html


def test_a_row_that_says_something_else_is_drawn_anew():
    assert "score 71" in heat_row(row())
    assert "score 72" in heat_row(row(score=72))
    assert "down 3" in heat_row(row(delta=-3))
    assert "below" in heat_row(row(target={"index": 3, "letter": "R", "name": "Run"}))
    with translation.override("fr"):
        assert "non évalué" in heat_row(row())
    assert "not assessed" in heat_row(row())


def test_a_row_escapes_what_people_wrote():
    html = heat_row(row(dimension="<script>") | {"name": "<b>", "code": "<i>", "url": '/"><script>'})

    assert "<script>" not in html
    assert "<b>" not in html.replace('<b aria-hidden="true">', "").replace("<b>W</b>", "")
