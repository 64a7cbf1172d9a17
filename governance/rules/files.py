"""A policy as one Markdown file: its front matter and its words. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import Any

import yaml
from django.utils.text import slugify
from django.utils.translation import gettext as _

from coe.errors import Invalid

LARGEST = 1_000_000
_FENCE = "---"


@dataclass(frozen=True)
class PolicyFile:
    """What a file says of a policy; empty where it says nothing. `body` is all that stands after the front matter, word for word."""

    body: str
    title: str = ""
    code: str = ""
    language: str = ""
    type: str = ""
    summary: str = ""
    change_note: str = ""
    unread: tuple[str, ...] = field(default=())


_READ = ("title", "code", "language", "type", "summary", "change_note")


def _front(text: str) -> tuple[Mapping[str, Any], str]:
    lines = text.split("\n")
    if lines[0].rstrip() != _FENCE:
        return {}, text
    end = next((place for place, line in enumerate(lines[1:], 1) if line.rstrip() == _FENCE), None)
    if end is None:
        return {}, text
    try:
        found = yaml.safe_load("\n".join(lines[1:end]))
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        reason = " ".join(str(error).split())[:200]
        raise Invalid.one(
            "file", "front_matter", _("The front matter is not YAML: %(reason)s") % {"reason": reason}
        ) from error
    if not isinstance(found, Mapping):
        return ({}, text) if found else ({}, "\n".join(lines[end + 1 :]))
    return found, "\n".join(lines[end + 1 :])


def read_file(content: bytes, *, name: str = "") -> PolicyFile:
    """Read a Markdown file. Title: of the front matter, else the first heading, else the file's name.

    :raises Invalid: it is too large, no UTF-8, empty, or its front matter is broken.
    """
    if len(content) > LARGEST:
        raise Invalid.one("file", "too_large", _("The file is larger than a megabyte. A policy is not."))
    try:
        text = content.decode("utf-8-sig").replace("\r\n", "\n").replace("\r", "\n")
    except UnicodeDecodeError as error:
        raise Invalid.one(
            "file", "not_utf8", _("The file is not UTF-8 text. Save it as UTF-8 Markdown.")
        ) from error
    if "\x00" in text:
        raise Invalid.one("file", "not_text", _("The file is not text."))
    front, body = _front(text)
    body = body.strip("\n")
    if not body.strip():
        raise Invalid.one("file", "empty", _("The file has no text."))
    said = {key: str(front[key]).strip() for key in _READ if isinstance(front.get(key), str | int | float)}
    said["language"] = said.get("language") or str(front.get("lang") or "")
    heading = next((line.lstrip("# ").strip() for line in body.split("\n") if line.startswith("#")), "")
    stem = PurePosixPath(name.replace("\\", "/")).stem
    said["title"] = (said.get("title") or heading or stem)[:300]
    said["code"] = said.get("code") or slugify(stem or said["title"])[:60]
    unread = tuple(sorted(str(key) for key in front if key not in (*_READ, "lang")))
    return PolicyFile(body=body, unread=unread, **said)


def write_file(*, title: str, body: str, front: Mapping[str, Any]) -> str:
    """The same the other way round: a Markdown file that `read_file` reads back."""
    head = yaml.safe_dump({"title": title, **front}, allow_unicode=True, sort_keys=False, width=1000)
    return f"{_FENCE}\n{head}{_FENCE}\n\n{body.strip()}\n"
