"""The page that shows the API obeys the policy of the hub: nothing inline, everything from our own files."""

import re

import pytest

from coe.enums.roles import Role

pytestmark = pytest.mark.django_db


def test_nothing_of_the_page_is_inline(log_in):
    answer = log_in(Role.AUDITOR).get("/api/v1/docs/")

    html = answer.content.decode()
    assert answer.status_code == 200
    assert re.findall(r"<style|style=|<script(?![^>]*\ssrc=)|\son\w+=", html) == []
    assert "hub/api-docs.css" in html
    assert "swagger-ui.css" in html
