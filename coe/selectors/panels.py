"""Panels that upper apps hang on the pages of lower ones: a title and the page that holds the rest."""

from dataclasses import dataclass
from typing import Any

from django.urls import reverse

from coe.registries import panels


@dataclass(frozen=True)
class Panel:
    """A panel on the `page` of one record. `url_name` is a page of its own that takes the record's key; its element with the class
    `panel-body` is fetched into the panel, and without scripts the panel is a link to it."""

    page: str
    title: Any
    url_name: str


def panels_of(page: str, key: Any) -> list[dict[str, str]]:
    """The panels of a page as components/panel.html wants them, in the order of registration (no query); `key` is what a link jumps to."""
    return [
        {"key": name, "title": str(panel.title), "url": reverse(panel.url_name, args=[key])}
        for name, panel in panels.items()
        if panel.page == page
    ]
