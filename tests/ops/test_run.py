"""The command line of `./run`: what it says when something is wrong."""

import os
import shutil
import socket
import subprocess
from pathlib import Path

import pytest
from workbench import start, translations
from workbench.places import Stop

ROOT = Path(__file__).resolve().parents[2]


def _run(*arguments: str, **environment: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [str(ROOT / "run"), *arguments],
        env={"PATH": os.environ["PATH"], **environment},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def test_help_names_every_command() -> None:
    result = _run("help")

    assert result.returncode == 0
    for word in ["test", "check", "manage", "proof", "screenshots", "install", "lock"]:
        assert f"./run {word}" in result.stdout


def test_an_unknown_command_is_refused_with_the_list() -> None:
    result = _run("tests")

    assert (result.returncode, "there is no command 'tests'" in result.stderr) == (1, True)


def test_no_python_gets_one_clear_line(tmp_path: Path) -> None:
    for name in ("sh", "dirname"):
        (tmp_path / name).symlink_to(str(shutil.which(name)))
    stub = (ROOT / "run").read_text(encoding="utf-8")
    script = tmp_path / "run"
    # The fixed places are taken out too, or the machine's own Python would be found.
    script.write_text(stub.replace("/usr/bin/python3 /usr/local/bin/python3 /opt/homebrew/bin/python3", ""))

    result = subprocess.run(
        ["sh", str(script)],
        env={"PATH": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )

    assert result.returncode == 1
    assert result.stderr.startswith("./run: COE Hub needs Python 3.11 or newer, and none was found.")
    assert len(result.stderr.splitlines()) == 1


def test_production_mode_is_refused() -> None:
    result = _run(COE_MODE="production")

    assert (result.returncode, "./run starts the embedded mode only" in result.stderr) == (1, True)


@pytest.fixture
def taken_port() -> object:
    with socket.socket() as busy:
        busy.bind(("127.0.0.1", 0))
        busy.listen()
        yield busy.getsockname()[1]


def test_a_port_asked_for_and_taken_is_refused(taken_port: int) -> None:
    with pytest.raises(Stop, match=rf"Cannot listen on 127.0.0.1 port {taken_port}: address already in use"):
        start._choose_port("127.0.0.1", taken_port)


def test_the_default_port_gives_way_to_the_next_free_one(
    taken_port: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(start, "DEFAULT_PORT", taken_port)

    port = start._choose_port("127.0.0.1", None)

    assert port > taken_port
    assert capsys.readouterr().out == f"Port {taken_port} is taken; using {port}.\n"


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("127.0.0.1", True),
        ("127.1.2.3", True),
        ("::1", True),
        ("localhost", True),
        ("0.0.0.0", False),
        ("hub", False),
    ],
)
def test_the_loopback_is_known(host: str, expected: bool) -> None:
    assert start._is_loopback(host) is expected


@pytest.mark.parametrize(
    ("host", "expected"),
    [("0.0.0.0", "http://127.0.0.1:80"), ("::1", "http://[::1]:80"), ("hub", "http://hub:80")],
)
def test_the_address_can_be_typed(host: str, expected: str) -> None:
    assert start._address(host, 80) == expected


def test_a_second_start_in_the_same_directory_is_told_where_the_first_is(tmp_path: Path) -> None:
    with (
        start._only_one(tmp_path, "http://127.0.0.1:8000"),
        pytest.raises(Stop, match=r"already runs here: http://127\.0\.0\.1:8000"),
        start._only_one(tmp_path, "http://127.0.0.1:8001"),
    ):
        pass


_PO = """
msgid ""
msgstr "Language: fr"

msgid "Line"
msgstr "Entité"

#, fuzzy
msgid "Account"
msgstr "Compte"

msgctxt "verb"
msgid "Open"
msgstr ""

msgid "one day"
msgid_plural "%d days"
msgstr[0] "un jour"
msgstr[1] ""

msgid ""
"a long "
"text"
msgstr "un long texte"

#~ msgid "Old"
#~ msgstr "Vieux"
"""


def test_a_catalogue_is_read_whole() -> None:
    assert translations._parse(_PO) == {
        ("", "Line"): ["Entité"],
        ("", "Account"): [""],
        ("verb", "Open"): [""],
        ("", "one day"): ["un jour", ""],
        ("", "a long text"): ["un long texte"],
    }


def test_every_kind_of_gap_in_a_catalogue_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(translations, "SAME", tmp_path / "same.txt")
    (tmp_path / "same.txt").write_text("# words\nHub\nGone\n")
    said = {("", word): [""] for word in ["Hub", "Page", "Line", "New"]}
    ours = {("", "Hub"): ["Hub"], ("", "Page"): ["Page"], ("", "Line"): [""], ("", "Old"): ["Vieux"]}

    assert translations._differences(said, ours) == [
        "French equals English (if that is right, add it to same.txt): 'Page'",
        "no French: 'Line'",
        "not in the catalogue: 'New'",
        "no longer in the code: 'Old'",
        "same.txt names what is not in the code: 'Gone'",
    ]
