"""Rules of every template: nothing inline, every icon drawn, vendored files as they were checked."""

import hashlib
import json
import re
from pathlib import Path

import pytest
from django.core.paginator import Paginator
from django.template.loader import get_template, render_to_string

ROOT = Path(__file__).resolve().parents[2]
TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))
STATIC = ROOT / "static"
NAMES = [str(path.relative_to(ROOT / "templates")) for path in TEMPLATES]
ICONS = set(re.findall(r'<symbol id="i-([^"]+)"', (STATIC / "hub/icons.svg").read_text()))


@pytest.mark.parametrize("name", NAMES)
def test_a_template_compiles(name):
    assert get_template(name)


@pytest.mark.parametrize("path", TEMPLATES, ids=NAMES)
def test_a_template_holds_nothing_inline(path):
    words = path.read_text()
    found = re.findall(r'\s(?:style|on[a-z]+|hx-on[^=\s]*)\s*=\s*["\']', words)
    found += [
        tag
        for tag in re.findall(r"<script[^>]*>", words)
        if "src=" not in tag and "application/json" not in tag
    ]
    found += re.findall(r"<style[\s>]|javascript:|hx-vals=.js:", words)
    assert found == []


@pytest.mark.parametrize("path", TEMPLATES, ids=NAMES)
def test_every_icon_asked_for_is_in_the_sprite(path):
    words = path.read_text()
    asked = set(re.findall(r'{% icon "([^"]+)"', words)) | set(
        re.findall(r'(?:trigger_icon|[^_]icon)="([a-z0-9-]+)"', words)
    )
    assert asked - ICONS == set()


def test_vendored_files_are_those_that_were_checked():
    packages = json.loads((STATIC / "vendor/manifest.json").read_text())["packages"]
    wrong = [
        name
        for package in packages
        for name, digest in package["files"].items()
        if hashlib.sha256((STATIC / name).read_bytes()).hexdigest() != digest
    ]
    missing = [
        package["licence_file"] for package in packages if not (STATIC / package["licence_file"]).is_file()
    ]
    named = {name for package in packages for name in package["files"]} | {
        package["licence_file"] for package in packages
    }
    held = {str(path.relative_to(STATIC)) for path in (STATIC / "vendor").rglob("*") if path.is_file()}
    assert (wrong, missing, held - named) == ([], [], {"vendor/manifest.json"})


@pytest.mark.parametrize("path", sorted(STATIC.glob("hub/*.js")), ids=lambda path: path.name)
def test_our_scripts_need_neither_eval_nor_inline_style(path):
    words = path.read_text()
    assert not re.search(
        r"\beval\(|new Function|setAttribute\(\s*[\"']style|\.innerHTML|document\.write", words
    )
    assert len(words.splitlines()) <= 150


@pytest.mark.parametrize("path", sorted(STATIC.rglob("*.css")), ids=lambda path: path.name)
def test_a_style_sheet_loads_nothing_from_elsewhere(path):
    assert not re.search(r"@import|url\(\s*[\"']?(?:https?:)?//|sourceMappingURL", path.read_text())


@pytest.mark.parametrize("status", ["400", "403", "404", "409", "500", "csrf"])
def test_an_error_page_needs_no_context(status):
    html = render_to_string(f"errors/{status}.html")
    assert "<h1>" in html
    assert "<title>" in html


def test_the_page_of_a_crash_is_static():
    assert not re.search(r"{[{%]", (ROOT / "templates/errors/500.html").read_text())


def test_a_refusal_lists_its_problems_escaped():
    html = render_to_string(
        "errors/409.html", {"message": "Not <now>", "problems": [{"field": "name", "message": "is taken"}]}
    )
    assert "Not &lt;now&gt;" in html
    assert '<span class="strong">name</span>: is taken' in html


def test_the_links_of_a_pager_swap_in_place_only_where_a_list_takes_them():
    page = Paginator(range(9), 3).get_page(2)

    plain, live = (
        render_to_string("components/pagination.html", {"page": page, "live": live}) for live in (False, True)
    )

    assert (plain.count("<a "), plain.count("hx-get"), live.count("hx-get")) == (2, 0, 2)
    without = [
        str(path)
        for path in TEMPLATES
        if 'pagination.html" with live=True' in path.read_text()
        and 'hx-target="this"' not in path.read_text()
    ]
    assert without == []


def test_a_page_with_a_chart_brings_what_draws_it():
    without = [
        name
        for name, path in zip(NAMES, TEMPLATES, strict=True)
        if re.search(r"{% chart ", path.read_text()) and "components/chart_head.html" not in path.read_text()
    ]
    assert without == []
