"""Opens a page in a real browser; a page that complains or asks a network for anything fails the test."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import ConsoleMessage, Page, Request, sync_playwright

FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
NAMES = ("chromium", "chromium-browser", "google-chrome")
LOCAL = ("file:", "data:", "blob:")


@contextmanager
def open_page(path: Path | str, *, dark: bool = False, width: int = 1200, height: int = 900) -> Iterator[Page]:
    """The page of an HTML file or address, loaded; on leaving, it must have told of no error and asked nobody else.

    Each call starts a browser of its own and ends it: while one is open, this thread counts as running an event loop,
    so nothing inside the ``with`` may call ``anyio.run``.

    Args:
        path: the file, or the address of a server on this machine.
        dark: whether the reader prefers dark pages.
        width: of the window, in pixels.
        height: of the window, in pixels.
    """
    program = next(filter(None, map(shutil.which, NAMES)), None)
    if program is None:
        pytest.skip(f"no browser: none of {', '.join(NAMES)} is on the path")
    address = path if isinstance(path, str) else path.resolve().as_uri()
    allowed = (*LOCAL, address) if isinstance(path, str) else LOCAL
    complaints: list[str] = []

    def heard(said: ConsoleMessage) -> None:
        if said.type == "error":
            complaints.append(f"console: {said.text}")

    def asked(request: Request) -> None:
        if not request.url.startswith(allowed):
            complaints.append(f"request: {request.url}")

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=list(FLAGS))
        try:
            page = browser.new_page(
                color_scheme="dark" if dark else "light",
                viewport={"width": width, "height": height},
                reduced_motion="reduce",
            )
            page.on("pageerror", lambda error: complaints.append(f"error: {error}"))
            page.on("console", heard)
            page.on("request", asked)
            page.goto(address, wait_until="load")
            yield page
        finally:
            browser.close()
    assert not complaints, "\n".join(complaints)
