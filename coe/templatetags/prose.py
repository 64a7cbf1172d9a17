"""Markdown that people wrote, as safe HTML: no scripts, no styles, no pictures, links that tell nobody where they came from."""

from functools import cache

import nh3
from django.utils.safestring import SafeString, mark_safe
from markdown_it import MarkdownIt

_TAGS = {
    "a", "blockquote", "br", "code", "del", "em", "h2", "h3", "h4", "h5", "h6", "hr", "li", "ol", "p", "pre", "s", "strong", "table",
    "tbody", "td", "th", "thead", "tr", "ul",
}  # fmt: skip


@cache
def _parser() -> MarkdownIt:
    # A page has one h1 of its own, so that a text's “#” becomes a smaller heading.
    return MarkdownIt("commonmark", {"html": False, "breaks": False}).enable(["table", "strikethrough"])


def markdown(text: str) -> SafeString:
    """CommonMark with tables as HTML that may stand on any page. Raw HTML in it is shown as text."""
    html = _parser().render(text or "").replace("<h1>", "<h2>").replace("</h1>", "</h2>")
    clean = nh3.clean(
        html,
        tags=_TAGS,
        attributes={"a": {"href", "title"}, "ol": {"start"}},
        url_schemes={"http", "https", "mailto"},
        link_rel="noopener noreferrer",
    )
    return mark_safe(clean)  # noqa: S308  # cleaned the line above
