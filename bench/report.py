"""The figures as a table for people. Standard library only: it runs before and after Django."""

import datetime as dt
import os
import platform
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

_HEAD = """# Speed: figures of `./run bench`

Every figure is a ratio of two things done in turns in one run: ours, and a floor that does the same with as little as possible.
Median of the rounds, with the smallest and largest ratio of a round; warm-up dropped; any answer but 2xx and any difference
between the rows of both sides ends the run. Times are those of the machine below and only say how large the thing is.
"""


def machine() -> dict[str, str]:
    """What the figures were measured on."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return {
        "measured": dt.datetime.now(dt.UTC).strftime("%Y-%m-%d %H:%M UTC"),
        "commit": _commit(),
        "processor": f"{os.cpu_count()} × {_processor()}",
        "memory": f"{memory:.0f} GiB",
        "load before": " ".join(f"{one:.1f}" for one in os.getloadavg()),
        "python": platform.python_version(),
    }


def _processor() -> str:
    try:
        for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    except OSError:
        pass
    return platform.processor() or platform.machine()


def _commit() -> str:
    found = subprocess.run(
        ["git", "describe", "--always", "--dirty"], capture_output=True, text=True, check=False
    )
    return found.stdout.strip() or "unknown"


def markdown(lanes: Sequence[Mapping[str, Any]], where: Mapping[str, str]) -> str:
    """The whole table."""
    parts = [_HEAD, ", ".join(f"{name}: {value}" for name, value in where.items()) + ".\n"]
    for lane in lanes:
        parts.append(f"## {lane['database']}: {lane['world']}\n")
        parts.append("| # | what | floor | ratio | spread | goal | ours | floor's | p95/p50 | queries | |")
        parts.append("|---|---|---|---|---|---|---|---|---|---|---|")
        parts += [_line(figure) for figure in lane["figures"]]
        parts += [f"\nRow {one['row']} gave no figure: {one['error']}" for one in lane["failed"]]
        parts.append("")
    return "\n".join(parts)


def _line(f: Mapping[str, Any]) -> str:
    what = f["what"] + "".join(f"; {note}" for note in f["notes"])
    cells = [
        str(f["row"]), what, f["floor"], f"**{f['ratio']:.2f}**", f"{f['low']:.2f}–{f['high']:.2f}", f["goal"], _time(f["seconds"]),
        _time(f["floor_seconds"]), f"{f['p95_over_p50']:.2f}" if f["p95_over_p50"] else "", _text(f["queries"]),
        "met" if f["is_met"] else "missed",
    ]  # fmt: skip
    return "| " + " | ".join(cells) + " |"


def _time(seconds: float) -> str:
    return f"{seconds * 1000:.1f} ms" if seconds < 1 else f"{seconds:.2f} s"


def _text(value: Any) -> str:
    return "" if value is None else str(value)
