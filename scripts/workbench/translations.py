"""Is the French catalogue complete? Compares what the code says with what `locale/fr` answers."""

import re
import shutil
import subprocess
import tempfile
from pathlib import Path

from workbench.places import PYTHON, ROOT, child_environment

CATALOGUE = ROOT / "locale" / "fr" / "LC_MESSAGES" / "django.po"
# Words that are the same in French: one per line, `#` starts a comment.
SAME = ROOT / "locale" / "fr" / "same.txt"
_SOURCES = ["config", "coe", "training", "governance", "metrics", "templates"]
_STRING = re.compile(r'"((?:[^"\\]|\\.)*)"')

# The day of the last extraction would change the file, and set two branches at odds, without a word having changed.
_MADE_ON = re.compile(r'^"POT-Creation-Date:.*\n', re.MULTILINE)

Key = tuple[str, str]


def problems() -> str:
    """What is missing, stale, fuzzy, copied from English or not compiled; an empty string when all is well."""
    if not CATALOGUE.exists():
        return f"{CATALOGUE.relative_to(ROOT)} is missing."
    if not shutil.which("xgettext") or not shutil.which("msgfmt"):
        return "gettext is not installed (Debian, Ubuntu: apt-get install gettext)."
    ours = _parse(CATALOGUE.read_text(encoding="utf-8"))
    said = _parse(_extract())
    lines = _differences(said, ours)
    lines += _check_format()
    return "\n".join(lines)


def renew() -> None:
    """Bring the catalogue in step with the code: new strings without French, those no longer said left out, and compiled."""
    if not CATALOGUE.exists() or not shutil.which("msgmerge"):
        return
    with tempfile.TemporaryDirectory() as directory:
        said, merged = Path(directory) / "said.po", Path(directory) / "merged.po"
        said.write_text(_extract(), encoding="utf-8")
        merge = [
            "msgmerge",
            "--quiet",
            "--no-fuzzy-matching",
            "--no-wrap",
            "--no-location",
            "-o",
            str(merged),
        ]
        subprocess.run([*merge, str(CATALOGUE), str(said)], check=True)
        text = subprocess.run(
            ["msgattrib", "--no-obsolete", "--no-wrap", "--sort-output", str(merged)],
            capture_output=True,
            text=True,
            check=True,
        ).stdout
    CATALOGUE.write_text(_MADE_ON.sub("", text), encoding="utf-8")
    # A string without French is no reason to leave the others uncompiled: `problems` tells of it.
    subprocess.run(["msgfmt", "-o", str(CATALOGUE.with_suffix(".mo")), str(CATALOGUE)], check=False)


def _differences(said: dict[Key, list[str]], ours: dict[Key, list[str]]) -> list[str]:
    same = {line.strip() for line in _read(SAME).splitlines() if line.strip() and not line.startswith("#")}
    lines = []
    for key in said:
        if key not in ours:
            lines.append(f"not in the catalogue: {key[1]!r}")
        elif not all(ours[key]):
            lines.append(f"no French: {key[1]!r}")
        elif ours[key][0] == key[1] and key[1] not in same:
            lines.append(f"French equals English (if that is right, add it to {SAME.name}): {key[1]!r}")
    lines += [f"no longer in the code: {key[1]!r}" for key in ours if key not in said]
    lines += [
        f"{SAME.name} names what is not in the code: {word!r}" for word in same - {key[1] for key in said}
    ]
    return lines


def _check_format() -> list[str]:
    """msgfmt's own check (placeholders, plural forms), and whether the committed .mo is what it makes now."""
    with tempfile.TemporaryDirectory() as directory:
        made = Path(directory) / "django.mo"
        result = subprocess.run(
            ["msgfmt", "--check", "-o", str(made), str(CATALOGUE)],
            capture_output=True,
            text=True,
            check=False,
        )
        if result.returncode:
            return [result.stderr.strip()]
        compiled = CATALOGUE.with_suffix(".mo")
        if not compiled.exists() or compiled.read_bytes() != made.read_bytes():
            return [f"{compiled.relative_to(ROOT)} is stale: msgfmt -o {compiled.name} {CATALOGUE.name}"]
    return []


def _extract() -> str:
    """Run Django's makemessages on a copy of the sources, so that the work tree stays as it is."""
    with tempfile.TemporaryDirectory() as directory:
        copy = Path(directory)
        for name in _SOURCES:
            if (ROOT / name).is_dir():
                shutil.copytree(
                    ROOT / name, copy / name, ignore=shutil.ignore_patterns("__pycache__", "*.mo")
                )
        (copy / "locale").mkdir(exist_ok=True)
        subprocess.run(
            [str(PYTHON), "-m", "django", "makemessages", "--locale", "fr", "--no-location", "--no-wrap"],
            cwd=copy,
            env={**child_environment(), "DJANGO_SETTINGS_MODULE": ""},
            capture_output=True,
            check=True,
        )
        return (copy / "locale" / "fr" / "LC_MESSAGES" / "django.po").read_text(encoding="utf-8")


def _parse(text: str) -> dict[Key, list[str]]:
    """(context, message) → translations; fuzzy ones count as untranslated, obsolete ones and the header not at all."""
    entries: dict[Key, list[str]] = {}
    for block in re.split(r"\n\s*\n", text):
        fields: dict[str, str] = {}
        current = ""
        is_fuzzy = False
        for line in block.splitlines():
            if line.startswith("#"):
                is_fuzzy = is_fuzzy or (line.startswith("#,") and "fuzzy" in line)
                continue
            word = line.split(" ", 1)[0]
            if word.startswith("msg"):
                current = word
                fields[current] = ""
            if current:
                fields[current] += "".join(_STRING.findall(line))
        if fields.get("msgid"):
            values = [fields[name] for name in fields if name.startswith("msgstr")]
            entries[(fields.get("msgctxt", ""), fields["msgid"])] = [""] if is_fuzzy else values
    return entries


def _read(path: Path) -> str:
    return path.read_text(encoding="utf-8") if path.exists() else ""
