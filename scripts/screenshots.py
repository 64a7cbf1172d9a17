"""`./run screenshots`: start a hub with the demo company in a scratch folder and take the pictures of the README.

The pictures go to docs/images/. They show the demo company, so they can be made again at any time.
"""

import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

ROOT = Path(__file__).resolve().parent.parent
IMAGES = ROOT / "docs" / "images"
_READY = re.compile(r"COE Hub is ready: (http://\S+?)/")
_LOGIN = re.compile(r"(\S+@\S+)\s+(\S+)")
_DESK = {"width": 1440, "height": 900}
_PHONE = {"width": 390, "height": 844}
# name → (path, size, colour scheme); LINE is the second line the dashboard links to: the first is a region.
SHOTS = {
    "dashboard-light": ("/", _DESK, "light"),
    "dashboard-dark": ("/", _DESK, "dark"),
    "dashboard-phone": ("/", _PHONE, "light"),
    "line-light": ("LINE", _DESK, "light"),
    "line-dark": ("LINE", _DESK, "dark"),
    "line-phone": ("LINE", _PHONE, "light"),
    "accounts-light": ("/accounts/", _DESK, "light"),
    "coverage-light": ("/training/coverage/", _DESK, "light"),
    "policies-light": ("/policies/coverage/", _DESK, "light"),
}


def main() -> int:
    """Take every picture; a page that is not there ends the run with its status."""
    browser_path = next(
        filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None
    )
    if not browser_path:
        print("./run screenshots needs Chromium (Debian: apt-get install chromium).", file=sys.stderr)
        return 1
    IMAGES.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as directory:
        environment = {**os.environ, "VAR_DIR": directory, "COE_MODE": "embedded"}
        environment.pop("DATABASE_URL", None)
        hub = subprocess.Popen(
            [str(ROOT / "run"), "--port", os.environ.get("SCREENSHOTS_PORT", "8765")],
            cwd=ROOT,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        try:
            address, login = _wait(hub)
            with sync_playwright() as playwright:
                browser = playwright.chromium.launch(
                    executable_path=browser_path,
                    args=["--no-sandbox", "--disable-background-networking", "--disable-component-update"],
                )
                _take_all(browser, address, login)
                browser.close()
        finally:
            hub.send_signal(signal.SIGTERM)
            hub.wait(timeout=30)
    return 0


def _wait(hub: "subprocess.Popen[str]") -> tuple[str, tuple[str, str]]:
    """The address and the first demo log-in, from what `./run` prints."""
    assert hub.stdout is not None
    address = ""
    for line in hub.stdout:
        if found := _READY.search(line):
            address = found[1]
        elif address and (found := _LOGIN.search(line)):
            return address, (found[1], found[2])
    raise SystemExit(f"./run ended with {hub.wait()} before the hub was ready")


def _take_all(browser: Browser, address: str, login: tuple[str, str]) -> None:
    line = ""
    for name, (path, size, scheme) in SHOTS.items():
        context = browser.new_context(viewport=size, color_scheme=scheme, reduced_motion="reduce")  # type: ignore[arg-type] # playwright wants its own TypedDict
        page = context.new_page()
        _log_in(page, address, login)
        line = line or _some_line(page)
        answer = page.goto(address + (line if path == "LINE" else path), wait_until="networkidle")
        if answer is None or answer.status != 200:
            raise SystemExit(f"{path}: {answer.status if answer else 'no answer'}")
        page.screenshot(path=str(IMAGES / f"{name}.png"), full_page=size is _PHONE)
        print(f"docs/images/{name}.png")
        context.close()


def _log_in(page: Page, address: str, login: tuple[str, str]) -> None:
    page.goto(f"{address}/auth/login/")
    page.fill("input[name=login]", login[0])
    page.fill("input[name=password]", login[1])
    page.press("input[name=password]", "Enter")
    page.wait_for_url(f"{address}/")


def _some_line(page: Page) -> str:
    links = page.eval_on_selector_all(
        "main a[href^='/lines/']", "nodes => nodes.map(n => n.getAttribute('href'))"
    )
    lines = [link for link in links if re.fullmatch(r"/lines/[^/?]+/", link) and link != "/lines/new/"]
    if not lines:
        raise SystemExit("the dashboard links to no line")
    return str(lines[min(1, len(lines) - 1)])


if __name__ == "__main__":
    sys.exit(main())
