"""Pictures as SVG: geometry in attributes, paint in classes, labels in HTML. A missing value is a gap, never zero."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext, ngettext

from coe.templatetags.badges import as_level, ramp
from coe.templatetags.words import NO_VALUE, number

LEAST_SPAN = 15.0


def read_points(points: Iterable[Any]) -> list[tuple[str, float | None]]:
    """(label, value) pairs from pairs, mappings, objects with ``label`` and ``value``, or bare numbers."""
    read = []
    for point in points or ():
        if point is None or isinstance(point, (int, float)) or not isinstance(point, (Mapping, Sequence)):
            label = getattr(point, "label", "")
            value = getattr(point, "value", point)
        elif isinstance(point, Mapping):
            label, value = point.get("label", ""), point.get("value")
        else:
            label, value = point[0], point[1]
        read.append((str(label), None if value is None else float(value)))
    return read


def runs(values: Sequence[float | None]) -> list[list[int]]:
    """Indexes of the stretches without a gap."""
    stretches: list[list[int]] = []
    open_stretch: list[int] | None = None
    for position, value in enumerate(values):
        if value is None:
            open_stretch = None
        elif open_stretch is None:
            open_stretch = [position]
            stretches.append(open_stretch)
        else:
            open_stretch.append(position)
    return stretches


def scale(values: Iterable[float | None], least: float = LEAST_SPAN) -> tuple[float, float]:
    """Lowest and highest value shown: never less than ``least`` apart, so that a flat line looks flat."""
    known = [value for value in values if value is not None] or [0.0]
    low, high = min(known), max(known)
    missing = least - (high - low)
    return (low - missing / 2, high + missing / 2) if missing > 0 else (low, high)


def nice_ticks(low: float, high: float, steps: int = 4) -> list[float]:
    """Round axis marks that hold the range, lowest first."""
    raw = max(high - low, 1e-9) / steps
    power = 10.0 ** math.floor(math.log10(raw))
    step = next(size * power for size in (1, 2, 2.5, 5, 10) if size * power >= raw - 1e-12)
    first = math.floor(low / step + 1e-9) * step
    last = first + steps * step
    while last < high - 1e-9:
        last += step
    return [round(first + step * count, 10) for count in range(round((last - first) / step) + 1)]


def summary(points: Sequence[tuple[str, float | None]], unit: str = "") -> str:
    """“12 values, from 51 to 63, 1 missing”, for those who do not see the picture."""
    known = [value for _, value in points if value is not None]
    if not known:
        return gettext("no value yet")
    count = ngettext("%(n)d value", "%(n)d values", len(points)) % {"n": len(points)}
    words = gettext("%(count)s, from %(first)s to %(last)s") % {
        "count": count, "first": f"{number(known[0])}{unit}", "last": f"{number(known[-1])}{unit}",
    }  # fmt: skip
    if lost := len(points) - len(known):
        words += ", " + ngettext("%(n)d missing", "%(n)d missing", lost) % {"n": lost}
    return words


def sparkline(points: Iterable[Any], label: str = "", width: int = 64, height: int = 22) -> SafeString | str:
    """A small line beside a number. Spans at least 15 points of value; missing months are gaps."""
    pairs = read_points(points)
    values = [value for _, value in pairs]
    if not any(value is not None for value in values):
        return format_html('<span class="muted" title="{}">{}</span>', gettext("no value yet"), NO_VALUE)
    low, high = scale(values)
    span = max(len(values) - 1, 1)

    def at(position: int) -> tuple[str, str]:
        value = values[position] or 0.0
        x = 2 + (width - 6) * position / span
        y = 3 + (height - 6) * (high - value) / (high - low)
        return f"{x:.1f}", f"{y:.1f}"

    stretches = runs(values)
    lines = format_html_join(
        "", '<polyline points="{}" class="k-muted" stroke-width="1.5"/>',
        ((" ".join(",".join(at(i)) for i in stretch),) for stretch in stretches if len(stretch) > 1),
    )  # fmt: skip
    dots = format_html_join(
        "",
        '<circle cx="{}" cy="{}" r="1.4" class="f-muted"/>',
        (at(s[0]) for s in stretches[:-1] if len(s) == 1),
    )
    x, y = at(stretches[-1][-1])
    return format_html(
        '<svg width="{0}" height="{1}" viewBox="0 0 {0} {1}" role="img" aria-label="{2}">{3}{4}'
        '<circle cx="{5}" cy="{6}" r="2.6" class="f-accent"/></svg>',
        width, height, label or summary(pairs), lines, dots, x, y,
    )  # fmt: skip


def bar(
    value: Any,
    threshold: Any = None,
    maximum: Any = 1,
    tone: str = "",
    at_most: bool = False,
    label: str = "",
) -> SafeString | str:
    """A meter of ``value`` out of ``maximum`` with a mark at the threshold. Without ``tone`` (good, care, bad, accent)
    the threshold decides. The figure stands beside it in words; give ``label`` only when it does not."""
    if value is None or value == "":
        return ""
    top = float(maximum) or 1.0
    part = min(max(float(value) / top, 0.0), 1.0) * 100
    if not tone:
        if threshold in (None, ""):
            tone = "accent"
        else:
            tone = "good" if (value <= threshold if at_most else value >= threshold) else "bad"
    mark = ""
    if threshold not in (None, ""):
        x = min(max(float(threshold) / top * 100, 0.8), 99.2)
        mark = format_html('<path d="M{} 0V6" class="k-ink w2"/>', f"{x:.1f}")
    return format_html(
        '<svg class="bar px" viewBox="0 0 100 6" preserveAspectRatio="none" {}>'
        '<rect width="100" height="6" class="f-sunken"/><rect width="{}" height="6" class="f-{}"/>{}</svg>',
        format_html('role="img" aria-label="{}"', label) if label else mark_safe('aria-hidden="true"'),
        f"{part:.1f}", tone, mark,
    )  # fmt: skip


def stage_strip(
    level: Any = None, target: Any = None, progress: Any = 0, ladder: Sequence[Any] = ("crawl", "walk", "run")
) -> SafeString:
    """All levels in a row: reached ones filled, the share of the next one under it, an arrow over the target.
    ``ladder`` holds the levels of the rubric, lowest first, in any form ``stage_badge`` takes."""
    rungs = [as_level(rung, index=position, levels=len(ladder)) for position, rung in enumerate(ladder, 1)]
    now, goal = as_level(level), as_level(target) if target not in (None, "") else None
    pieces = []
    for rung, position in zip(rungs, range(len(rungs)), strict=True):
        left = 50 * position
        step = position + 1
        paint = ramp(step, len(rungs))
        if step <= now.index:
            pieces.append(
                format_html(
                    '<rect x="{}" y="6" width="47" height="16" rx="3" class="f-{}"/>', left + 0.5, paint
                )
            )
        else:
            paint = "n"
            pieces.append(
                format_html(
                    '<rect x="{}" y="6.5" width="46" height="15" rx="3" class="f-none k-strong"/>', left + 1
                )
            )
            if step == now.index + 1 and progress:
                width = 46 * min(max(float(progress), 0.0), 1.0)
                pieces.append(
                    format_html(
                        '<rect x="{}" y="24" width="{}" height="2.5" rx="1" class="f-muted"/>',
                        left + 1,
                        f"{width:.1f}",
                    )
                )
        pieces.append(
            format_html(
                '<text x="{}" y="18" text-anchor="middle" class="t-{}">{}</text>',
                left + 24,
                paint,
                rung.letter,
            )
        )
        if goal is not None and goal.index == step:
            pieces.append(format_html('<path d="M{} 0h9l-4.5 5z" class="f-ink"/>', left + 19.5))
    words = gettext("Now %(stage)s") % {"stage": now.name}
    if goal is not None and goal.index > 0:
        words = gettext("Now %(stage)s, target %(target)s") % {"stage": now.name, "target": goal.name}
    width = 50 * len(rungs)
    return format_html(
        '<svg class="strip" width="{0}" height="27" viewBox="0 0 {0} 27" role="img" aria-label="{1}">{2}</svg>',
        width, words, mark_safe("".join(pieces)),  # noqa: S308 - pieces come from format_html
    )  # fmt: skip


def benchmark(
    value: Any,
    low: Any = None,
    q1: Any = None,
    median: Any = None,
    q3: Any = None,
    high: Any = None,
    label: str = "",
    why: str = "",
) -> SafeString:
    """This line (dot) beside the range, middle half and median of its cohort, on 0 to 100. Without quartiles the cohort
    must not be shown, and ``why`` says the reason."""
    if q1 is None or q3 is None:
        return format_html('<span class="small muted">{}</span>', why or gettext("not shown"))
    words = gettext("this line %(value)s, median %(median)s, middle half %(q1)s to %(q3)s") % {
        "value": number(value), "median": number(median), "q1": number(q1), "q3": number(q3),
    }  # fmt: skip
    return format_html(
        '<svg class="gantt px" viewBox="0 0 100 20" preserveAspectRatio="none" role="img" aria-label="{}">'
        '<path d="M{} 10H{}" class="k-strong"/><rect x="{}" y="5" width="{}" height="10" class="f-band"/>'
        '<path d="M{} 3V17" class="k-ink w2"/>{}</svg>',
        f"{label}: {words}" if label else words,
        q1 if low is None else low, q3 if high is None else high, q1, float(q3) - float(q1), median,
        "" if value is None else format_html('<path d="M{} 10h0" class="k-accent w7"/>', value),
    )  # fmt: skip


def trend(
    points: Iterable[Any],
    label: str = "",
    unit: str = "",
    target: Any = None,
    marks: Iterable[Any] = (),
    low: float | None = None,
    high: float | None = None,
    column: str = "",
    large: bool = False,
    open_table: bool = False,
    most: float | None = None,
) -> dict[str, Any]:
    """Context of components/trend.html: a line over time with axes, the same numbers as a table under ``<details>``.
    ``marks`` are (point label, words) pairs drawn as dashed verticals, such as a new rubric. No axis goes beyond ``most``,
    the highest value there can be."""
    pairs = read_points(points)
    values = [value for _, value in pairs]
    known = [value for value in values if value is not None]
    if not known:
        return {"empty": True, "label": label}
    bottom, top = scale(
        [*known, *([float(target)] if target is not None else [])], least=4.0 if unit == "%" else LEAST_SPAN
    )
    if min(known) >= 0:
        bottom = max(bottom, 0.0)
    ticks = nice_ticks(bottom if low is None else low, top if high is None else high)
    if most is not None and ticks[-1] > most:
        ticks = [tick - (ticks[-1] - most) for tick in ticks]
        ticks = [tick for tick in ticks if tick >= 0 or tick >= bottom]
    floor, ceiling = ticks[0], ticks[-1]
    span = max(len(values) - 1, 1)

    def y(value: float) -> float:
        return 100 * (ceiling - value) / (ceiling - floor)

    def path(stretch: list[int]) -> str:
        return "M" + "L".join(f"{600 * i / span:.1f} {y(values[i] or 0.0):.1f}" for i in stretch)

    stretches = runs(values)
    last = stretches[-1][-1]
    order = [name for name, _ in pairs]
    shown = min(4, len(pairs))
    return {
        "label": label or gettext("Trend"),
        "summary": summary(pairs, unit),
        "large": large,
        "open_table": open_table,
        "unit": unit,
        "column": column or gettext("Value"),
        "ticks": [f"{number(tick)}{unit}" for tick in reversed(ticks)],
        "grid": [f"{100 * step / (len(ticks) - 1):.1f}" for step in range(len(ticks))],
        "lines": [path(stretch) for stretch in stretches if len(stretch) > 1],
        "areas": [
            f"{path(s)}L{600 * s[-1] / span:.1f} 100L{600 * s[0] / span:.1f} 100z"
            for s in stretches
            if len(s) > 1
        ],
        "dots": [path(s) + "h0" for s in stretches if len(s) == 1] + [path([last]) + "h0"],
        "target": None
        if target is None
        else {"y": f"{y(float(target)):.1f}", "words": f"{number(target)}{unit}"},
        "marks": [
            {"x": f"{600 * order.index(str(at)) / span:.1f}", "words": words}
            for at, words in marks
            if str(at) in order
        ],
        "x_labels": [pairs[round(i * (len(pairs) - 1) / max(shown - 1, 1))][0] for i in range(shown)],
        "rows": [
            (name, None if value is None else f"{number(value)}{unit}") for name, value in reversed(pairs)
        ],
    }


def radar(axes: Iterable[Any], label: str = "", maximum: float = 100) -> dict[str, Any]:
    """Context of components/radar.html. ``axes`` are mappings or objects with ``label``, ``value`` and optionally
    ``code`` and ``target``; the table beneath holds the same figures."""

    def read(axis: Any, name: str) -> Any:
        return axis.get(name) if isinstance(axis, Mapping) else getattr(axis, name, None)

    spokes = [{name: read(axis, name) for name in ("label", "code", "value", "target")} for axis in axes]
    count = max(len(spokes), 1)

    def spot(position: int, share: float, radius: float = 80) -> tuple[float, float]:
        angle = 2 * math.pi * position / count - math.pi / 2
        return 120 + radius * share * math.cos(angle), 105 + radius * share * math.sin(angle)

    def ring(shares: Iterable[float]) -> str:
        return " ".join("{:.1f},{:.1f}".format(*spot(i, share)) for i, share in enumerate(shares))

    def share(value: Any) -> float:
        return min(max(float(value or 0) / maximum, 0.0), 1.0)

    for position, spoke in enumerate(spokes):
        x, y = spot(position, 1, 94)
        spoke["x"], spoke["y"] = f"{x:.1f}", f"{y + 4:.1f}"
        end = spot(position, 1)
        spoke["end_x"], spoke["end_y"] = f"{end[0]:.1f}", f"{end[1]:.1f}"
        spoke["anchor"] = "middle" if abs(x - 120) < 12 else "start" if x > 120 else "end"
    return {
        "label": label or gettext("Profile"),
        "spokes": spokes,
        "rings": [ring([part / 4] * count) for part in (1, 2, 3, 4)],
        "shape": ring(share(spoke["value"]) for spoke in spokes),
        "goal": ring(share(spoke["target"]) for spoke in spokes)
        if any(spoke["target"] for spoke in spokes)
        else "",
        "maximum": maximum,
        "words": "; ".join(
            f"{spoke['label']} {number(spoke['value'], none=gettext('no value'))}" for spoke in spokes
        ),
    }


def chart(
    key: str, label: str, labels: Sequence[Any], series: Sequence[Mapping[str, Any]], open_table: bool = False
) -> dict[str, Any]:
    """Context of components/chart.html, a zoomable chart for long series: ``labels`` are dates, each series has
    ``label``, ``values`` (None is a gap) and optionally ``unit``. Drawn by hub/metrics.js; the table beneath holds the
    same figures."""
    data = {
        "axis": gettext("Date"),
        "labels": [at.isoformat() if hasattr(at, "isoformat") else str(at) for at in labels],
        "series": [
            {
                "label": str(one["label"]),
                "unit": one.get("unit", ""),
                "values": [None if v is None else float(v) for v in one["values"]],
            }
            for one in series
        ],
    }
    rows = list(zip(labels, *(one["values"] for one in series), strict=True))
    return {
        "id": key,
        "data_id": f"{key}-data",
        "label": label,
        "data": data,
        "rows": rows[::-1],
        "open_table": open_table,
    }
