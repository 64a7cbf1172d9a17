"""What a policy's words are worth: their hashes, and what may not stand in them. Pure."""

import hashlib
import re
from collections.abc import Iterator, Mapping
from functools import cache

from markdown_it import MarkdownIt
from markdown_it.token import Token

_ACTIVE_TAG = re.compile(
    r"<\s*/?\s*(script|iframe|object|embed|applet|style|link|meta|base|form|svg|math)\b", re.IGNORECASE
)
_HANDLER = re.compile(r"<[^>]*\son[a-z]+\s*=", re.IGNORECASE)
_SCHEME = re.compile(r"^\s*(javascript|vbscript|data)\s*:", re.IGNORECASE)
_SPACES = re.compile(r"[\x00-\x20]+")


def text_hash(body: str) -> str:
    """The SHA-256 of the exact words, as an acknowledgement names it."""
    return hashlib.sha256(body.encode()).hexdigest()


def version_hash(bodies: Mapping[str, str]) -> str:
    """The SHA-256 of the words of all languages: of the lines `language:hash`, by language."""
    lines = "".join(f"{language}:{text_hash(bodies[language])}\n" for language in sorted(bodies))
    return hashlib.sha256(lines.encode()).hexdigest()


@cache
def _reader() -> MarkdownIt:
    # Raw HTML is read as such and links of every scheme are let through, so that both can be looked at. Nothing is rendered here.
    reader = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
    reader.validateLink = lambda url: True  # type: ignore[method-assign]  # documented by markdown-it
    return reader


def _all(tokens: list[Token]) -> Iterator[Token]:
    for token in tokens:
        yield token
        yield from _all(token.children or [])


def active_content(body: str) -> str:
    """The first thing in a Markdown text that a program could run (`script`, `onclick=`, `javascript:`), or "" when there is none.

    The hub's own pages show such things as plain text; but a policy is exported and printed elsewhere, and no policy needs them.
    Examples in code blocks are words, not content, and stay allowed.
    """
    for token in _all(_reader().parse(body)):
        if token.type in ("html_block", "html_inline"):
            if found := _ACTIVE_TAG.search(token.content):
                return f"<{found[1].lower()}>"
            if found := _HANDLER.search(token.content):
                return found[0].rsplit(maxsplit=1)[-1]
        for name in ("href", "src"):
            target = _SPACES.sub("", str(token.attrs.get(name, "")))
            if found := _SCHEME.match(target):
                return f"{found[1].lower()}:"
    return ""
