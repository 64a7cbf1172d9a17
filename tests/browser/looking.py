"""What axe, the content policy and a phone say of a page."""

from typing import Any

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

# Every fold is opened, but of those that fetch their records when opened only the first; two frames let their events come.
OPEN_DETAILS = """async () => {
    const lazy = [...document.querySelectorAll("details:has(> [hx-get])")].slice(1);
    document.querySelectorAll("details").forEach((one) => { one.open = !lazy.includes(one); });
    for (let frame = 0; frame < 2; frame++) await new Promise(requestAnimationFrame);
}"""


def look_at(page: Any, paths: list[str], *, width: int) -> tuple[dict[str, list[str]], list[str]]:
    """Open each path in turn. Path → what is wrong with it, and what the console complained of.

    Both are empty when every page answers 200, has no finding of axe and does not scroll sideways.
    """
    found: dict[str, list[str]] = {}
    noise: list[str] = []
    page.set_viewport_size({"width": width, "height": 900})
    page.on("console", lambda message: noise.append(message.text) if message.type == "error" else None)
    root = "/".join(page.url.split("/")[:3])
    for path in paths:
        answer = page.goto(f"{root}{path}")
        page.evaluate(OPEN_DETAILS)
        expect(page.locator(".htmx-request")).to_have_count(0)
        result = Axe().run(page)
        problems = [f"{v['id']}: {v['nodes'][0]['html'][:160]}" for v in result.response["violations"]]
        if page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth"):
            problems.append("scrolls sideways")
        if answer.status != 200:
            problems.append(f"status {answer.status}")
        if problems:
            found[path] = problems
    return found, noise
