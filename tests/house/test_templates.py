"""Templates are used, and hold no inline code: the strict CSP would block it without a word."""

import re

import pytest

from tests.house.tree import files, python_files, read

# Templates that Django and the libraries look up by name themselves.
_LOOKED_UP = re.compile(
    r"templates/(?:admin|registration|account|allauth|mfa|socialaccount|usersessions|rest_framework|drf_spectacular)/"
    r"|templates/(?:400|403|403_csrf|404|500)\.html$"
)
_INLINE = re.compile(
    r"""\sstyle\s*=|<style\b|\son[a-z]+\s*=\s*["']|\shx-on|hx-vals\s*=\s*["']js:|javascript:"""
    r"""|<script(?![^>]*\bsrc=)(?![^>]*type=["']application/json["'])[^>]*>""",
    re.IGNORECASE,
)
_COMMENT = re.compile(r"\{#.*?#\}|\{% comment.*?%\}.*?\{% endcomment %\}|<!--.*?-->", re.DOTALL)


def inline_code(text: str) -> list[str]:
    """Pieces of inline style or script in a template."""
    return [match.group(0).strip() for match in _INLINE.finditer(_COMMENT.sub("", text))]


def unused(templates: list[str], sources: list[str]) -> list[str]:
    """Templates whose name stands in no source; one made at run time counts by folder: `f"coe/cells/{kind}.html"`."""
    everything = "\n".join(sources)
    made = set(re.findall(r"""["']([\w./-]+/)(?:["']\s*\||\{|["']\s*\+|%s)""", everything))
    result = []
    for path in templates:
        name = path.split("templates/", 1)[1]
        if name not in everything and f"{name.rsplit('/', 1)[0]}/" not in made:
            result.append(path)
    return result


def _templates() -> list[str]:
    return [name for name in files() if "templates/" in name and name.endswith((".html", ".txt"))]


def test_no_template_holds_inline_code() -> None:
    # An e-mail is no page of ours: there is no CSP, and mail programs know inline styles only.
    pages = [name for name in _templates() if name.endswith(".html") and "/mail/" not in name]
    found = {name: inline_code(read(name)) for name in pages}

    assert {name: code for name, code in found.items() if code} == {}


def test_every_template_is_used() -> None:
    templates = [name for name in _templates() if not _LOOKED_UP.search(name)]
    code = [read(name) for name in python_files() if not name.startswith("tests/")]
    code += [read(name) for name in _templates()]

    assert unused(templates, code) == []


@pytest.mark.parametrize(
    "good",
    [
        '<p class="style">on time=3</p>',
        '<script src="/static/x.js"></script>',
        '<script id="d" type="application/json">{}</script>',
        '{# no style="" here #}',
        '<a hx-get="/x/" hx-confirm="Sure?">x</a>',
    ],
)
def test_a_clean_template_passes(good: str) -> None:
    assert inline_code(good) == []


@pytest.mark.parametrize(
    "bad",
    [
        '<p style="color:red">',
        "<style>p{}</style>",
        "<script>x()</script>",
        '<a onclick="x()">',
        '<a href="javascript:x()">',
        '<a hx-on:click="x()">',
    ],
)
def test_inline_code_is_found(bad: str) -> None:
    assert len(inline_code(bad)) == 1


def test_an_unused_template_is_found() -> None:
    templates = ["templates/coe/a.html", "templates/coe/b.html", "templates/coe/cells/c.html"]

    assert unused(templates, ['render(request, "coe/a.html")', 'f"coe/cells/{kind}.html"']) == [
        "templates/coe/b.html"
    ]
