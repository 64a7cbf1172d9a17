"""Nothing in the tree knows the machine it was written on, or where its packages came from."""

import os
import re
import subprocess
import sys
from functools import cache
from urllib.parse import urlsplit

import pytest

from tests.house.tree import ROOT, read, text_files

_HOMES = re.compile(r"(?<![\w.])/(?:home/(?!user\b|coe\b)[a-z][\w-]*|Users/[A-Za-z][\w-]*|root)/")
_INDEX = re.compile(r"--(?:extra-)?index-url|--find-links|--trusted-host|PIP_(?:EXTRA_)?INDEX_URL|UV_INDEX")
_SELF = "tests/house/test_addresses.py"


def machine_words(text: str, *, names: frozenset[str] = frozenset()) -> list[str]:
    """Home folders, package index options, and whatever `names` holds of this very machine."""
    found = [match.group(0) for pattern in (_HOMES, _INDEX) for match in pattern.finditer(text)]
    return found + [name for name in names if name in text]


@cache
def names_of_this_machine() -> frozenset[str]:
    """The folder the clone stands in and the package index hosts that pip uses here."""
    names = set()
    if len(ROOT.parent.parts) > 1 and not str(ROOT).startswith(("/tmp", "/var", "/srv", "/app", "/opt")):
        names.add(f"{ROOT.parent}/")
    told = subprocess.run(
        [sys.executable, "-m", "pip", "config", "list"], capture_output=True, text=True, check=False
    )
    addresses = [*re.findall(r"https?://[^\s'\"]+", told.stdout), os.environ.get("PIP_INDEX_URL", "")]
    hosts = {urlsplit(address).hostname or "" for address in addresses}
    # The public index is a name of the world, not of this machine; locks may not hold it either (test_locks.py).
    names |= {host for host in hosts if host and host not in {"localhost", "pypi.org"}}
    return frozenset(names)


def test_no_file_names_the_machine_it_was_written_on() -> None:
    names = names_of_this_machine()
    found = {name: machine_words(read(name), names=names) for name in text_files() if name != _SELF}

    assert {name: words for name, words in found.items() if words} == {}


@pytest.mark.parametrize("good", ["/usr/bin/python3", "tests/root/x", "../shared/data", "/var/lib/coe"])
def test_a_general_path_passes(good: str) -> None:
    assert machine_words(good) == []


@pytest.mark.parametrize(
    "bad", ["/home/ann/coe", "/root/.cache", "pip install --index-url x", "see big-machine/here"]
)
def test_a_machine_word_is_found(bad: str) -> None:
    assert len(machine_words(bad, names=frozenset({"big-machine/"}))) == 1
