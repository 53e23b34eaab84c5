# SPDX-License-Identifier: Apache-2.0
"""The index page in headless Chromium, as a person uses it. Screenshots for people: build/screenshots/."""

import json
import re

import pytest
import requests
from PIL import Image
from playwright.sync_api import expect

from browser_page import PHONE, browser, page_opener, photograph  # noqa: F401: browser is a fixture
from conftest import DEMO_STORE

SAMPLES = DEMO_STORE / "samples"


@pytest.fixture
def open_page(browser, server):  # noqa: F811
    with page_opener(browser, server) as opener:
        yield opener


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
    expect(page.locator("#answer .answer-label")).to_have_text("7")
    expect(page.locator(".bars li")).to_have_count(10)
    expect(page.locator("#timing")).to_contain_text("compute")
    expect(page.locator("#announcement")).to_contain_text("7")
    expect(page.locator("#curl")).to_contain_text("@digit_7.png")
    photograph(page, "desktop-digit")


def test_reads_a_drawn_digit(open_page):
    page = open_page()
    choose(page, "classification")
    draw(page, [(0.3, 0.2), (0.7, 0.2), (0.45, 0.85)])
    expect(page.locator("#answer .answer-label")).to_have_text("7")
    photograph(page, "desktop-drawing")
    page.click("#clear")
    expect(page.locator("#answer .answer-label")).to_have_count(0)


def test_shows_the_mask_over_the_image_in_its_size(open_page):
    page = open_page(color_scheme="dark")
    choose(page, "segmentation")
    give(page, SAMPLES / "carotid_open.png")
    overlay = page.locator("#answer .overlay")
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
    expect(page.locator("#answer .answer-label")).to_have_text("3")


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
    expect(page.locator("#answer .answer-label")).to_have_text("7")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    photograph(page, f"narrow-{width}")


AT_THE_CENTERS_OF_CELLS = """(map, [rows, columns]) => {
  const context = map.getContext("2d");
  return [...Array(rows * columns).keys()].map((cell) => {
    const x = (cell % columns + 0.5) * map.width / columns, y = (Math.floor(cell / columns) + 0.5) * map.height / rows;
    return context.getImageData(x, y, 1, 1).data[3];
  });
}"""


def test_shows_a_caption_and_where_the_model_looked(open_page, server):
    picture = SAMPLES / "scene_left_of.png"
    model = "caption_mobilenetv3-gru-encoder_scenes_20261121"
    answer = requests.post(f"{server.url}/api/models/{model}/predict", data=picture.read_bytes(), timeout=60).json()["caption"]
    page = open_page()
    choose(page, "encoder")
    give(page, picture)
    caption = json.loads((SAMPLES / "samples.json").read_text())["files"][picture.name]["caption"]
    expect(page.locator("#answer .sentence")).to_have_text(caption)
    chips = page.locator("#answer .chip")
    expect(chips).to_have_count(len(answer["words"]))
    heat = page.locator("#answer .heat")
    for place in (0, 3, len(answer["words"]) - 1):
        word = answer["words"][place]
        chips.nth(place).focus()
        expect(chips.nth(place)).to_contain_text(f"{100 * word['probability']:.1f} %")
        ink = heat.evaluate(AT_THE_CENTERS_OF_CELLS, answer["grid"])
        assert ink.index(max(ink)) == word["attention"].index(max(word["attention"])), word["word"]
    chips.nth(3).focus()
    photograph(page, "desktop-caption")


def test_says_how_the_workbench_is_switched_on(open_page):
    page = open_page()
    expect(page.locator("#workbench-off")).to_contain_text("--workbench")
    expect(page.locator("#workbench-steps")).to_be_hidden()


def test_the_browser_keeps_the_page_while_it_is_the_same(server):
    first = requests.get(server.url, timeout=30)
    again = requests.get(server.url, headers={"if-none-match": first.headers["etag"]}, timeout=30)
    assert (first.status_code, again.status_code, again.content) == (200, 304, b"")
