"""Badges: icons, stages, score cells, verdicts, states and severities. Colour never stands alone: a letter or glyph and
a word go with it. Built by string, not by template, because a heat map draws thousands of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any

from django.templatetags.static import static
from django.utils.html import conditional_escape, escape, format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language, gettext, gettext_lazy, ngettext, pgettext_lazy

from coe.templatetags.words import NO_VALUE, number

RAMPS = {
    1: ("r",),
    2: ("c", "r"),
    3: ("c", "w", "r"),
    4: ("c", "cw", "w", "r"),
    5: ("c", "cw", "w", "wr", "r"),
}
WELL_KNOWN = {
    "none": (0, NO_VALUE, gettext_lazy("Not yet")),
    "crawl": (1, "C", gettext_lazy("Crawl")),
    "walk": (2, "W", gettext_lazy("Walk")),
    "run": (3, "R", gettext_lazy("Run")),
}
VERDICTS = {
    "pass": ("good", "check", pgettext_lazy("verdict", "Pass")),
    "warn": ("care", "alert-triangle", pgettext_lazy("verdict", "Warn")),
    "waived": ("good", "shield-check", pgettext_lazy("verdict", "Waived")),
    "fail": ("bad", "x", pgettext_lazy("verdict", "Fail")),
    "no_data": ("bad", "database-off", pgettext_lazy("verdict", "No data")),
    "stale": ("care", "clock-exclamation", pgettext_lazy("verdict", "Stale")),
    "error": ("bad", "plug-connected-x", pgettext_lazy("verdict", "Error")),
    "not_applicable": ("void", "minus", pgettext_lazy("verdict", "Not applicable")),
}
TONES = frozenset({"good", "care", "bad", "void"})


def ramp(index: int, levels: int = 3) -> str:
    """The ramp letter of a level by its position: ``n`` below the first, then sand to teal; any number of levels."""
    if index <= 0:
        return "n"
    index = min(index, max(levels, 1))
    if levels in RAMPS:
        return RAMPS[levels][index - 1]
    return RAMPS[5][round((index - 1) * 4 / (levels - 1))]


def stage_class(index: int, levels: int = 3) -> str:
    """The CSS class of a level: ``s-n``, ``s-c``, ``s-cw``, ``s-w``, ``s-wr`` or ``s-r``."""
    return f"s-{ramp(index, levels)}"


@dataclass(frozen=True, slots=True)
class Level:
    index: int
    letter: str
    name: str
    levels: int = 3


NOT_YET = Level(0, NO_VALUE, "")


def _part(level: Any, *names: str) -> Any:
    for name in names:
        found = level.get(name) if isinstance(level, Mapping) else getattr(level, name, None)
        if found is not None and not callable(found):
            return found
    return None


def as_level(
    level: Any = None, *, letter: str = "", name: str = "", index: int | None = None, levels: int = 3
) -> Level:
    """Read a level from an object or mapping (index|rank|position, letter|code, name|label), a well-known key
    (``crawl``), or single words; nothing at all means “Not yet”."""
    if isinstance(level, Level):
        return level
    if isinstance(level, str) and level:
        known = WELL_KNOWN.get(level.casefold().replace("not_yet", "none"))
        if known:
            index, letter, name = known[0], letter or known[1], name or str(known[2])
        else:
            name, letter = name or level, letter or level[:1].upper()
    elif level not in (None, ""):
        found = _part(level, "index", "rank", "position")
        index = index if index is not None else found
        name = name or str(_part(level, "name", "label", "title") or "")
        letter = letter or str(_part(level, "letter", "code") or "")
        levels = _part(level, "levels", "of") or levels
    rank = int(index or 0)
    if not name and rank <= 0:
        name = gettext("Not yet")
    return Level(rank, letter or (name[:1].upper() if rank > 0 else NO_VALUE), name, int(levels))


def icon(name: str, label: str = "", cls: str = "") -> SafeString:
    """One symbol of the sprite; hidden from readers unless it has a ``label`` of its own."""
    return _icon(_sprite(), str(name), str(label), cls)


@cache
def _sprite() -> str:
    """The sprite's address: it changes with a release, never while a process runs."""
    return static("hub/icons.svg")


# A page draws dozens of icons, always the same few; what makes them differ is all there is to the key.
@lru_cache(maxsize=1024)
def _icon(sprite: str, name: str, label: str, cls: str) -> SafeString:
    return format_html(
        '<svg class="ic{}" {} viewBox="0 0 24 24"><use href="{}#i-{}"></use></svg>',
        f" {cls}" if cls else "",
        format_html('role="img" aria-label="{}"', label) if label else mark_safe('aria-hidden="true"'),
        sprite,
        name,
    )


def stage_badge(
    level: Any = None,
    letter: str = "",
    name: str = "",
    index: int | None = None,
    levels: int = 3,
    waivers: int = 0,
    large: bool = False,
) -> SafeString:
    """Colour, letter and word of a stage, with its waivers when it rests on some."""
    it = as_level(level, letter=letter, name=name, index=index, levels=levels)
    return _stage_badge(it, int(waivers or 0), bool(large), get_language())


@lru_cache(maxsize=1024)
def _stage_badge(it: Level, waivers: int, large: bool, _language: str) -> SafeString:
    with_waivers = ""
    if waivers:
        words = ngettext("with %(n)d waiver", "with %(n)d waivers", waivers) % {"n": waivers}
        with_waivers = format_html(' <span class="fw-normal">{}</span>', words)
    return format_html(
        '<span class="stage {}{}{}"><b aria-hidden="true">{}</b><span class="w">{}{}</span></span>',
        stage_class(it.index, it.levels),
        "" if it.index > 0 else " s-none",
        " stage-lg" if large else "",
        it.letter,
        it.name,
        with_waivers,
    )


def score_cell(
    level: Any = None,
    score: Any = None,
    delta: Any = None,
    url: str = "",
    line: str = "",
    dimension: str = "",
    target: Any = None,
    subtree: bool = False,
    since: str = "",
    levels: int = 3,
) -> SafeString:
    """One cell of the heat map: letter, score, change; the whole sentence in the tip and for readers. ``subtree``
    leaves it unfilled, since a parent is measured, not averaged. The corner mark says “below target”."""
    it = as_level(level, levels=levels)
    goal = as_level(target, levels=levels) if target not in (None, "") else None
    score_words = number(score, 0)
    parts = [gettext("%(stage)s, score %(score)s") % {"stage": it.name, "score": score_words}]
    mark = ""
    if delta is not None and delta != "":
        since = since or gettext("last quarter")
        size = number(abs(delta), 0) if delta else ""
        mark = f"{'▲' if delta > 0 else '▼'}{size}" if delta else "▬"
        change = (
            gettext("up %(n)s since %(when)s") if delta > 0
            else gettext("down %(n)s since %(when)s") if delta
            else gettext("no change since %(when)s")
        )  # fmt: skip
        parts.append(change % {"n": size, "when": since})
    if goal is not None and goal.index > 0:
        parts.append(gettext("target %(stage)s") % {"stage": goal.name})
    sentence = ", ".join(parts)
    if dimension:
        sentence = gettext("%(subject)s: %(facts)s") % {"subject": dimension, "facts": sentence}
    tip = f"{line} · {sentence}" if line else sentence
    paint = "" if subtree else f" {stage_class(it.index, it.levels)}{'' if it.index > 0 else ' s-none'}"
    below = " below" if goal is not None and goal.index > it.index else ""
    change_mark = f'<i aria-hidden="true">{mark}</i>' if mark else ""
    tag, href = ("a", f' href="{escape(url)}"') if url else ("span", ' tabindex="0"')
    return mark_safe(  # noqa: S308 - every value below is escaped by hand: this runs thousands of times a page
        f'<{tag} class="cell tip{paint}{below}"{href} data-tip="{escape(tip)}">'
        f'<span aria-hidden="true"><b>{escape(it.letter)}</b></span>'
        f'<span aria-hidden="true">{escape(score_words)}</span>{change_mark}'
        f'<span class="visually-hidden">{escape(sentence)}</span></{tag}>'
    )


def status(tone: str, word: str, icon_name: str = "", tip: str = "") -> SafeString:
    """A state pill in one of four meanings: good, care, bad, void. The glyph and the word tell states apart."""
    if tone not in TONES:
        raise ValueError(f"status tone must be one of {sorted(TONES)}, not {tone!r}")
    # Escaped before it is a key: text and markup that look alike must not share a place.
    return _status(tone, conditional_escape(word), icon_name, conditional_escape(tip))


@lru_cache(maxsize=1024)
def _status(tone: str, word: SafeString, icon_name: str, tip: SafeString) -> SafeString:
    default = {"good": "check", "care": "alert-triangle", "bad": "x", "void": "minus"}[tone]
    return format_html(
        '<span class="verdict v-{}"{}>{}{}</span>',
        tone,
        format_html(' title="{}"', tip) if tip else "",
        _icon(_sprite(), icon_name or default, "", ""),
        word,
    )


def verdict(key: Any, word: str = "") -> SafeString:
    """One of the eight verdicts; ``key`` is its enum member or value, see ``VERDICTS``."""
    slug = str(getattr(key, "value", key)).casefold().replace("-", "_").replace(" ", "_")
    tone, glyph, default = VERDICTS.get(slug, ("void", "question-mark", key))
    return status(tone, word or str(default), glyph)


def severity(level: Any, name: str = "") -> SafeString:
    """“SEV-2 Serious”: 1 is worst, 4 the least."""
    rank = int(getattr(level, "value", level))
    return format_html(
        '<span class="sev sev-{}">SEV-{}{}</span>', min(max(rank, 1), 4), rank, f" {name}" if name else ""
    )
