# SPDX-License-Identifier: Apache-2.0
"""Headless Chromium for the tests of the page; a page that is watched for complaints. Screenshots: build/screenshots/."""

import contextlib
import shutil

import pytest
from playwright.sync_api import expect, sync_playwright

from program import ROOT

SCREENSHOTS = ROOT / "build/screenshots"
DESKTOP = {"width": 1280, "height": 900}
PHONE = {"width": 390, "height": 844}
FLAGS = [
    "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip
# A sanitized server on a busy machine of two cores is slow, not broken.
PATIENCE_MS = 60_000


@pytest.fixture(scope="module")
def browser():
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    if not chromium:
        pytest.fail("Chromium was not found. Run ./dev setup test, or install Debian's package chromium.")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=FLAGS, chromium_sandbox=False)
        yield browser
        browser.close()


@contextlib.contextmanager
def page_opener(browser, server, first=".card", refusals=(400,)):
    """open(**options of the browser's context) -> the page with `first` on it; afterwards it has no error and asked nobody
    else. The browser itself complains of each answer that is a refusal; the page shows its sentence."""
    complaints, addresses, contexts = [], [], []

    def open_one(**options):
        contexts.append(browser.new_context(**{"viewport": DESKTOP, **options}))
        page = contexts[-1].new_page()
        page.set_default_timeout(PATIENCE_MS)
        page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("request", lambda request: addresses.append(request.url))
        page.goto(server.url)
        expect(page.locator(first).first).to_be_visible()
        return page

    expect.set_options(timeout=PATIENCE_MS)
    yield open_one
    for context in contexts:
        context.close()
    expected = [f"status of {status}" for status in refusals]
    assert [text for text in complaints if not any(words in text for words in expected)] == []
    assert [url for url in addresses if not url.startswith((server.url, "data:", "blob:"))] == []


def photograph(page, name):
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=SCREENSHOTS / f"{name}.png", full_page=True)
