# SPDX-License-Identifier: Apache-2.0
"""The page of a server that asks for keys: the field, what a key opens, and that it goes nowhere but to the server."""

import pytest
from playwright.sync_api import expect

from browser_page import browser, page_opener, photograph  # noqa: F401: browser is a fixture
from conftest import DEMO_STORE
from test_api_keys import KEYS, write_keys


@pytest.fixture
def keyed(tmp_path, start_server):
    return start_server(DEMO_STORE, "--api-keys", str(write_keys(tmp_path / "keys", KEYS)))


@pytest.fixture
def open_page(browser, keyed):  # noqa: F811
    with page_opener(browser, keyed, "#key-field", (401, 403)) as opener:
        yield opener


def use_key(page, key):
    page.fill("#key", key)
    page.click("#key-form button")


def test_the_field_opens_the_page_for_one_tab(open_page):
    page = open_page()
    expect(page.locator("#key-said")).to_contain_text("this call needs an API key")
    expect(page.locator(".card")).to_have_count(0)
    photograph(page, "desktop-key")
    use_key(page, KEYS["infer"])
    expect(page.locator(".card").first).to_be_visible()
    expect(page.locator("#key-field")).to_be_hidden()
    page.locator(".card", has_text="classification").first.click()
    page.set_input_files("#file", DEMO_STORE / "samples/digit_7.png")
    expect(page.locator("#answer .answer-label")).to_have_text("7")
    expect(page.locator("#curl")).to_contain_text("Authorization: Bearer $KEY")
    assert KEYS["infer"] not in page.content()
    assert page.evaluate("localStorage.length") == 0 and page.context.cookies() == []
    page.reload()
    expect(page.locator(".card").first).to_be_visible()


def test_a_key_that_is_not_known_is_said_and_can_be_corrected(open_page):
    page = open_page()
    use_key(page, "stolen")
    expect(page.locator("#key-said")).to_contain_text("this API key is not known")
    use_key(page, KEYS["read"])
    expect(page.locator(".card").first).to_be_visible()


def test_a_key_of_a_lower_role_is_told_what_it_lacks(open_page):
    page = open_page()
    use_key(page, KEYS["read"])
    page.locator(".card", has_text="classification").first.click()
    page.set_input_files("#file", DEMO_STORE / "samples/digit_7.png")
    expect(page.locator("#answer")).to_contain_text("needs the role infer")


def test_the_key_can_be_forgotten(open_page):
    page = open_page()
    use_key(page, KEYS["infer"])
    page.click("#key-forget")
    expect(page.locator("#key-field")).to_be_visible()
    expect(page.locator(".card")).to_have_count(0)


def test_links_of_the_page_are_followed_with_the_key(open_page):
    page = open_page()
    use_key(page, KEYS["read"])
    expect(page.locator(".card").first).to_be_visible()
    page.click("nav a:has-text('Metrics')")
    page.wait_for_url("blob:**")
    expect(page.locator("pre")).to_contain_text("nv_inference_request_success")
