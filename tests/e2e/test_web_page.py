# SPDX-License-Identifier: Apache-2.0
"""The index page in headless Chromium, as a person uses it. Screenshots for people: build/screenshots/."""

import re
import shutil

import pytest
import requests
from PIL import Image
from playwright.sync_api import expect, sync_playwright

from conftest import DEMO_STORE, ROOT

SAMPLES = DEMO_STORE / "samples"
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


@pytest.fixture
def open_page(browser, server):
    """open_page(**options of the browser's context) -> the page; afterwards it has no error and asked nobody else."""
    complaints, addresses, contexts = [], [], []

    def open_one(**options):
        contexts.append(browser.new_context(**{"viewport": DESKTOP, **options}))
        page = contexts[-1].new_page()
        page.set_default_timeout(PATIENCE_MS)
        page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("request", lambda request: addresses.append(request.url))
        page.goto(server.url)
        expect(page.locator(".card").first).to_be_visible()
        return page

    expect.set_options(timeout=PATIENCE_MS)
    yield open_one
    for context in contexts:
        context.close()
    # The browser reports each answer of 400 itself; the page shows its sentence.
    assert [text for text in complaints if "status of 400" not in text] == []
    assert [url for url in addresses if not url.startswith((server.url, "data:", "blob:"))] == []


def photograph(page, name):
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=SCREENSHOTS / f"{name}.png", full_page=True)


def choose(page, word):
    page.locator(".card", has_text=re.compile(word)).first.click()


def give(page, path):
    page.set_input_files("#file", path)


def draw(page, points):
    """Draws one line through points given as shares of the canvas."""
    canvas = page.locator("#draw")
    canvas.scroll_into_view_if_needed()
    box = canvas.bounding_box()
    places = [(box["x"] + x * box["width"], box["y"] + y * box["height"]) for x, y in points]
    page.mouse.move(*places[0])
    page.mouse.down()
    for place in places[1:]:
        page.mouse.move(*place, steps=8)
    page.mouse.up()


def test_lists_every_served_model_with_its_state(open_page, server):
    page = open_page()
    models = requests.get(f"{server.url}/api/models", timeout=30).json()
    assert len(models) >= 2
    expect(page.locator(".card")).to_have_count(len(models))
    for model in models:
        card = page.locator(".card", has=page.locator(f'input[value="{model["name"]}"]'))
        expect(card.locator(".state")).to_have_text(model["state"].lower())
    expect(page.locator("#server-state")).to_have_text(f"{len(models)} of {len(models)} models ready")
    photograph(page, "desktop")


def test_reads_a_digit_from_a_file(open_page):
    page = open_page()
    choose(page, "classification")
    give(page, SAMPLES / "digit_7.png")
    expect(page.locator("#answer-label")).to_have_text("7")
    expect(page.locator(".bars li")).to_have_count(10)
    expect(page.locator("#timing")).to_contain_text("compute")
    expect(page.locator("#announcement")).to_contain_text("7")
    expect(page.locator("#curl")).to_contain_text("@digit_7.png")
    photograph(page, "desktop-digit")


def test_reads_a_drawn_digit(open_page):
    page = open_page()
    choose(page, "classification")
    draw(page, [(0.3, 0.2), (0.7, 0.2), (0.45, 0.85)])
    expect(page.locator("#answer-label")).to_have_text("7")
    photograph(page, "desktop-drawing")
    page.click("#clear")
    expect(page.locator("#answer-label")).to_have_count(0)


def test_shows_the_mask_over_the_image_in_its_size(open_page):
    page = open_page(color_scheme="dark")
    choose(page, "segmentation")
    give(page, SAMPLES / "carotid_open.png")
    overlay = page.locator("#overlay")
    expect(overlay).to_be_visible()
    size = overlay.evaluate("image => image.decode().then(() => [image.naturalWidth, image.naturalHeight])")
    assert tuple(size) == Image.open(SAMPLES / "carotid_open.png").size
    expect(page.locator(".legend li").first).to_contain_text("%")
    photograph(page, "dark-segmentation")
    page.locator(".fader input").fill("0")
    expect(overlay).to_have_css("opacity", "0")


def test_says_what_is_wrong_with_a_broken_file(open_page, server, tmp_path):
    broken = tmp_path / "broken.png"
    broken.write_bytes(b"this is no image")
    page = open_page()
    choose(page, "classification")
    name = page.locator(".card input:checked").input_value()
    answer = requests.post(f"{server.url}/api/models/{name}/predict", data=broken.read_bytes(), timeout=30)
    assert answer.status_code == 400
    give(page, broken)
    expect(page.locator(".error")).to_have_text(answer.json()["error"])
    photograph(page, "desktop-error")
    give(page, SAMPLES / "digit_3.png")
    expect(page.locator("#answer-label")).to_have_text("3")


def test_works_with_the_keyboard_alone(open_page):
    page = open_page()
    title = page.locator("#model-title").inner_text()
    page.keyboard.press("Tab")  # the skip link
    for _ in range(10):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.name") == "model":
            break
    page.keyboard.press("ArrowDown")
    expect(page.locator("#model-title")).not_to_have_text(title)


def test_every_link_of_the_page_answers(open_page):
    page = open_page()
    addresses = page.eval_on_selector_all("nav a", "links => links.map(link => link.href)")
    assert len(addresses) == 3
    for address in addresses:
        assert requests.get(address, timeout=30).status_code == 200, address


@pytest.mark.parametrize("width", [360, 390, 700])
def test_nothing_sticks_out_on_a_narrow_screen(open_page, width):
    page = open_page(viewport={**PHONE, "width": width})
    choose(page, "classification")
    give(page, SAMPLES / "digit_7.png")
    expect(page.locator("#answer-label")).to_have_text("7")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    photograph(page, f"narrow-{width}")


def test_the_browser_keeps_the_page_while_it_is_the_same(server):
    first = requests.get(server.url, timeout=30)
    again = requests.get(server.url, headers={"if-none-match": first.headers["etag"]}, timeout=30)
    assert (first.status_code, again.status_code, again.content) == (200, 304, b"")
