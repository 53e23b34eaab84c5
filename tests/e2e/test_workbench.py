# SPDX-License-Identifier: Apache-2.0
"""The workbench: from a checkpoint to a converted, run and compared model, in headless Chromium and by its routes."""

import os
import signal
import sys
import time

import pytest
import requests
from playwright.sync_api import expect

from browser_page import PHONE, browser, page_opener, photograph  # noqa: F401: browser is a fixture
from conftest import DEMO_STORE, Server, wait_until_ready
from process_family import wait_for, workers_of
from program import tandem
from python_interpreters import torch_python

NAME = "segmentation_transunet_phantom_20261121"
CHECKPOINT = DEMO_STORE / f"checkpoints/{NAME}.pth"
IMAGE = DEMO_STORE / "samples/carotid_open.png"
OWN = {"x-tandem-workbench": "1"}
needs_torch = pytest.mark.skipif(torch_python() is None, reason="no interpreter here has PyTorch (apt-get install python3-torch)")


@pytest.fixture(scope="module")
def bench():
    """A server with a workbench, whose Python engine has PyTorch where this machine has it."""
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("TANDEM_PYTHON", torch_python() or sys.executable)
        server = Server(DEMO_STORE, "--workbench")
    try:
        yield wait_until_ready(server.wait_until_listening())
    finally:
        code = server.stop()
    assert code == 0, f"exit code {code} after SIGTERM:\n{server.log}"


@pytest.fixture
def open_bench(browser, bench):  # noqa: F811
    with page_opener(browser, bench) as opener:

        def open_one(**options):
            page = opener(**options)
            expect(page.locator("#workbench-steps")).to_be_visible()
            return page

        yield open_one


def give_checkpoint(page, path=CHECKPOINT):
    page.set_input_files("#model-file", path)
    expect(page.locator("#file-facts .facts")).to_contain_text("TransUNet")


def convert(page):
    give_checkpoint(page)
    page.fill("#labels", "background, artery, vein")
    page.click("#convert")
    expect(page.locator("#convert-job .links a")).to_have_text(f"Download {NAME}.onnx")


def choose_engine(page, name):
    page.locator("#engine label", has_text=name).click()


def run(page, engine):
    choose_engine(page, engine)
    page.click("#run")
    expect(page.locator("#run-job .overlay")).to_be_visible()


def test_selects_converts_and_downloads(open_bench, bench):
    page = open_bench()
    expect(page.locator("#convert")).to_be_disabled()
    convert(page)
    expect(page.locator("#convert-job .log pre")).to_contain_text("network: TransUNet")
    expect(page.locator("#convert-job .facts")).to_contain_text("float32[batch,3,128,128]")
    assert page.locator("#convert-job progress").evaluate("bar => bar.value") == 1
    photograph(page, "workbench-convert")
    with page.expect_download() as download:
        page.click("#convert-job .links a")
    assert os.path.getsize(download.value.path()) > 100_000


def test_runs_an_image_on_the_model_it_converted(open_bench):
    page = open_bench()
    convert(page)
    page.set_input_files("#bench-image", IMAGE)
    expect(page.locator("#bench-image-name")).to_have_text(IMAGE.name)
    expect(page.locator("#bench-model option:checked")).to_contain_text(f"{NAME}.onnx")
    run(page, "ONNX Runtime")
    expect(page.locator("#run-job .legend li")).to_have_count(3)
    expect(page.locator("#run-job .legend")).to_contain_text("artery")
    expect(page.locator("#run-job .result")).to_contain_text("onnxruntime")
    photograph(page, "workbench-run")


@needs_torch
def test_runs_and_compares_both_engines(open_bench):
    page = open_bench()
    convert(page)
    page.set_input_files("#bench-image", IMAGE)
    run(page, "ONNX Runtime")
    shares = page.locator("#run-job .legend").inner_text()
    run(page, "Python Inference")
    expect(page.locator("#run-job .result")).to_contain_text(f"python/{NAME}.py")
    python_shares = page.locator("#run-job .legend").inner_text()
    numbers = [[word for word in text.split() if word[0].isdigit()] for text in (shares, python_shares)]
    assert numbers[0] == numbers[1]
    page.fill("#seconds", "2")
    page.click("#compare")
    expect(page.locator("#compare-job .log pre")).to_contain_text("loading the models")
    expect(page.locator("#compare-job .recommendation")).to_be_visible()
    rows = page.locator("#compare-job tbody tr")
    expect(rows).to_have_count(2)
    assert page.locator("#compare-job thead th").all_inner_texts() == ["", "average", "total", "iterations", "p50", "p95"]
    expect(page.locator("#compare-job .notes")).to_contain_text("the same answers")
    expect(page.locator("#compare-job .notes")).to_contain_text("interval")
    photograph(page, "workbench-compare")


def test_converts_a_captioner_and_says_its_words(open_bench):
    page = open_bench()
    page.set_input_files("#model-file", DEMO_STORE / "checkpoints/caption_mobilenetv3-gru_scenes_20261121.pth")
    expect(page.locator("#file-facts .facts")).to_contain_text("captioner")
    page.click("#convert")
    expect(page.locator("#convert-job .links a")).to_have_count(2)
    expect(page.locator("#bench-model option:checked")).to_contain_text("encoder")
    page.set_input_files("#bench-image", DEMO_STORE / "samples/scene_left_of.png")
    page.click("#run")
    expect(page.locator("#run-job .sentence")).to_contain_text("left of")
    page.select_option("#second-engine", "python")
    expect(page.locator("#compare-hint")).to_contain_text("Python Inference")
    page.locator("#run-job .chip").first.focus()
    photograph(page, "workbench-caption")


def test_a_comparison_can_be_cancelled(open_bench):
    page = open_bench(color_scheme="dark")
    page.select_option("#bench-model", NAME)
    page.select_option("#second-engine", "onnxruntime")
    page.fill("#seconds", "100")
    page.click("#compare")
    expect(page.locator("#compare-job [role=status]")).to_contain_text("comparing answers")
    photograph(page, "workbench-dark")
    page.click("#compare-job button:has-text('Cancel')")
    expect(page.locator("#compare-job .error")).to_contain_text("cancelled")


def test_a_broken_file_gets_its_sentence(open_bench, tmp_path):
    broken = tmp_path / "broken.pth"
    broken.write_bytes(b"this is no checkpoint")
    page = open_bench()
    page.set_input_files("#model-file", broken)
    expect(page.locator("#file-facts .error")).to_contain_text("broken.pth")
    expect(page.locator("#convert")).to_be_disabled()
    page.set_input_files("#bench-image", {"name": "broken.png", "mimeType": "image/png", "buffer": b"no image"})
    expect(page.locator("#bench-image-name .error")).to_be_visible()
    expect(page.locator("#run")).to_be_disabled()
    photograph(page, "workbench-error")


def test_a_checkpoint_of_an_unknown_network_gets_its_sentence(open_bench):
    page = open_bench()
    page.set_input_files("#model-file", DEMO_STORE / "checkpoints/classification_cnn_digits_20261121.pth")
    expect(page.locator("#file-facts .facts")).to_contain_text("not recognized")
    page.click("#convert")
    expect(page.locator("#convert-job .error")).to_contain_text("known networks: TransUNet")


@pytest.mark.parametrize("width", [360, 700])
def test_nothing_sticks_out_on_a_narrow_screen(open_bench, width):
    page = open_bench(viewport={**PHONE, "width": width})
    convert(page)
    page.select_option("#second-engine", "onnxruntime")
    page.fill("#seconds", "1")
    page.click("#compare")
    expect(page.locator("#compare-job tbody tr")).to_have_count(2)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    photograph(page, f"workbench-narrow-{width}")


# By its routes


def send(url, path, name=None):
    answer = requests.post(f"{url}/api/workbench/files", params={"name": name or path.name}, data=path.read_bytes(), headers=OWN, timeout=60)
    assert answer.status_code == 201, answer.text
    return answer.json()


def finish(url, request, seconds=120):
    started = requests.post(f"{url}/api/workbench/jobs", json=request, headers=OWN, timeout=30)
    assert started.status_code == 202, started.text
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        job = requests.get(f"{url}/api/workbench/jobs/{started.json()['id']}", timeout=30).json()
        if job["state"] not in ("waiting", "running"):
            return job
        time.sleep(0.05)
    raise AssertionError(f"the job does not end: {job}")


def test_converts_to_the_same_bytes_as_the_command_line(bench, tmp_path):
    job = finish(bench.url, {"kind": "convert", "file": send(bench.url, CHECKPOINT)["id"]})
    assert job["state"] == "done", job
    made = job["result"]["files"][0]
    content = requests.get(f"{bench.url}/api/workbench/files/{made['id']}/content", timeout=60)
    tandem.succeed("convert", CHECKPOINT, "-o", tmp_path / "x.onnx")
    assert content.content == (tmp_path / "x.onnx").read_bytes()


def test_takes_a_file_larger_than_a_body_in_pieces(start_server):
    server = start_server(DEMO_STORE, "--workbench", "--max-body-mb", "1")
    content = CHECKPOINT.read_bytes()
    piece = requests.get(f"{server.url}/api/workbench", timeout=30).json()["limits"]["piece_bytes"]
    assert piece == 1 << 20 < len(content)
    path = f"/api/workbench/files?name=x.pth&size={len(content)}"
    for offset in range(0, len(content), piece):
        sent = requests.post(server.url + path, data=content[offset : offset + piece], headers=OWN, timeout=60).json()
        path = f"/api/workbench/files/{sent['id']}?offset={offset + piece}"
    assert sent["inspection"]["checkpoint"]["network"] == "TransUNet"


def test_serves_while_a_job_runs(bench):
    request = {"kind": "compare", "seconds": 3, "contenders": [{"model": NAME, "engine": "onnxruntime"}] * 2}
    job = requests.post(f"{bench.url}/api/workbench/jobs", json=request, headers=OWN, timeout=30).json()
    answers = 0
    while requests.get(f"{bench.url}/api/workbench/jobs/{job['id']}", timeout=30).json()["state"] in ("waiting", "running"):
        answer = requests.post(f"{bench.url}/api/models/{NAME}/predict", data=IMAGE.read_bytes(), timeout=30)
        assert answer.status_code == 200
        answers += 1
    assert answers > 0


def test_a_process_that_dies_is_a_failed_contender_and_nothing_to_the_server(bench):
    request = {"kind": "compare", "seconds": 4, "contenders": [{"model": NAME, "engine": "onnxruntime"}] * 2}
    asked = requests.post(f"{bench.url}/api/workbench/jobs", json=request, headers=OWN, timeout=30).json()

    def job():
        return requests.get(f"{bench.url}/api/workbench/jobs/{asked['id']}", timeout=30).json()

    wait_for(lambda: job()["step"] == 1)
    _, second, _ = workers_of(bench.process.pid)  # the third is the first model once more
    os.kill(second, signal.SIGKILL)
    ended = wait_for(lambda: job() if job()["state"] != "running" else None)
    assert ended["state"] == "done", ended
    assert ended["result"]["contenders"][0]["failure"] is None
    assert "signal 9" in ended["result"]["contenders"][1]["failure"]
    assert requests.get(f"{bench.url}/livez", timeout=30).status_code == 200
    assert wait_for(lambda: not workers_of(bench.process.pid))


def test_pages_of_other_sites_are_refused(bench):
    for headers in ({}, {**OWN, "origin": "https://evil.example"}, {**OWN, "sec-fetch-site": "cross-site"}):
        refused = requests.post(f"{bench.url}/api/workbench/jobs", json={"kind": "convert", "file": "f1"}, headers=headers, timeout=30)
        assert refused.status_code == 403, headers
    assert requests.get(f"{bench.url}/api/workbench", headers={"host": "evil.example"}, timeout=30).status_code == 403


def test_nothing_is_left_behind(start_server, tmp_path, monkeypatch):
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    server = start_server(DEMO_STORE, "--workbench")
    send(server.url, IMAGE)
    assert list(tmp_path.glob("tandem-workbench-*"))
    server.stop()
    assert not list(tmp_path.glob("tandem-workbench-*"))


def test_others_are_not_let_in_unless_that_was_said():
    complaint = tandem.refuse("serve", DEMO_STORE, "--host", "0.0.0.0", "--workbench", "--port", 0)
    assert "--remote-workbench" in complaint
