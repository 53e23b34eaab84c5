# SPDX-License-Identifier: Apache-2.0
"""`tandem live`: phantoms, folders and videos, keys in a terminal, models changed while running, speech, mistakes."""

import csv
import json
import re
import shutil
import signal
import subprocess
import sys
import time
import wave

import pytest
from PIL import Image

from conftest import ROOT, TANDEM
from terminal import Terminal
from video_files import write_avi

MODEL = "segmentation_transunet_phantom_20261121"
DIGITS = "classification_cnn_digits_20261121"
CAPTIONER = "caption_mobilenetv3-gru-encoder_scenes_20261121"
LINE = re.compile(r"^frame +(\d+) +([\d.]+) s +([\d.]+ ms|-) *(.*)$", re.MULTILINE)
HAS_OPENCV = (TANDEM.parent / "tandem_opencv.so").exists()
needs_opencv = pytest.mark.skipif(
    not HAS_OPENCV, reason="this build has no OpenCV: apt-get install libopencv-videoio-dev libopencv-highgui-dev"
)


def lines_of(tandem, *arguments):
    """(frame, seconds, latency, text) of each line of a live view without a terminal."""
    printed = tandem.succeed("live", *arguments)
    return [(int(frame), float(at), latency, text) for frame, at, latency, text in LINE.findall(printed)]


def report_of(tandem, *arguments):
    return tandem.json("live", *arguments)


def phantom_images(count=40):
    sys.path.insert(0, str(ROOT / "tools/train"))
    try:
        import phantom
    finally:
        sys.path.pop(0)
    frames = phantom.sequence(20261122, 0, "arrest")
    return [Image.fromarray(frame.image) for _, frame in zip(range(count), frames)]


@pytest.fixture(scope="session")
def images():
    return phantom_images()


@pytest.fixture(scope="session")
def clip(tmp_path_factory, images):
    path = tmp_path_factory.mktemp("video") / "clip.avi"
    write_avi(path, images)
    return path


@pytest.fixture
def two_models(tmp_path):
    """A store with the segmentation model twice, and with one of its task that is damaged."""
    store = tmp_path / "store"
    for kind, ending in {"weights": ".onnx", "configs": ".yaml"}.items():
        (store / kind).mkdir(parents=True)
        for name in ("segmentation_transunet_phantom_20261121", "segmentation_transunet_second_20261121"):
            shutil.copy(ROOT / "models" / kind / (MODEL + ending), store / kind / (name + ending))
        shutil.copy(ROOT / "models" / kind / (MODEL + ending), store / kind / f"segmentation_unet_third_20261121{ending}")
    (store / "weights/segmentation_unet_third_20261121.onnx").write_bytes(b"damaged")
    return store


@pytest.fixture
def live():
    """live(*arguments) -> a Terminal in which tandem live runs; ended with the test."""
    terminals = []

    def start(*arguments, **options):
        terminals.append(Terminal([str(TANDEM), "live", *map(str, arguments)], ROOT, {"DISPLAY": ""}, **options))
        return terminals[-1]

    yield start
    for terminal in terminals:
        terminal.close()


@pytest.mark.parametrize("kind", ["arrest", "rosc"])
def test_decisions_are_those_of_run(tandem, tmp_path, kind):
    table = tmp_path / "clip.csv"
    done = tandem("run", MODEL, "--source", f"phantom:{kind}:1", "--carotid", "--csv", table)
    assert done.returncode == 0, done.stderr
    with open(table, newline="", encoding="utf-8") as opened:
        rows = list(csv.DictReader(opened))
    shown = lines_of(tandem, MODEL, "--source", f"phantom:{kind}:1", "--carotid", "--every-frame")
    assert [frame for frame, _, _, _ in shown] == list(range(40))
    assert [text.split()[0] for _, _, _, text in shown] == [row["state"] for row in rows]
    for row, (_, _, _, text) in zip(rows, shown):
        if row["cac"]:
            assert f"CAC {float(row['cac']):.3f}" in text


def test_a_folder_ends_with_its_last_image(tandem, tmp_path, images):
    for i in range(5):
        images[i].save(tmp_path / f"{i}.png")
    report = report_of(tandem, MODEL, "--source", tmp_path, "--every-frame")
    assert (report["frames"], report["dropped"], report["last"]["frame"]) == (5, 0, 4)


def test_statistics_are_consistent(tandem):
    report = report_of(tandem, MODEL, "--source", "phantom:rosc", "--carotid", "--every-frame", "--frames", 12)
    (model,) = report["models"]
    latency = model["latency_ms"]
    assert report["frames"] == model["frames"] == latency["count"] == 12
    assert 0 < latency["min"] <= latency["median"] <= latency["max"]
    assert latency["min"] <= latency["mean"] <= latency["max"]
    assert latency["std"] >= 0
    assert model["frames_per_second"] * model["frame_ms"] == pytest.approx(1000)
    assert model["precision"] == "fp32"
    assert report["memory"]["process_bytes"] > 1e6
    assert "cores" in report["machine"]


def test_frames_come_at_their_times(tandem):
    begin = time.monotonic()
    report = report_of(tandem, MODEL, "--source", "phantom:rosc", "--carotid")
    assert time.monotonic() - begin > 3.8  # 40 frames, 10 a second
    assert report["frames"] + report["dropped"] == 40


def test_it_ends_after_the_seconds_asked_for(tandem):
    report = report_of(tandem, MODEL, "--source", "phantom:rosc", "--seconds", 0.5)
    assert 0 < report["frames"] + report["dropped"] < 40


def test_classification_is_shown(tandem, tmp_path):
    shutil.copy(ROOT / "models/samples/digit_7.png", tmp_path)
    ((_, _, _, text),) = lines_of(tandem, DIGITS, "--source", tmp_path, "--every-frame")
    assert text.startswith("7 ")


def test_plain_segmentation_is_shown(tandem):
    shown = lines_of(tandem, MODEL, "--source", "phantom:arrest", "--every-frame", "--frames", 2)
    assert all("artery" in text and "vein" in text for _, _, _, text in shown)


def test_captions_are_those_of_run(tandem):
    done = tandem("run", CAPTIONER, "--source", "scenes:held-out:6", "--json")
    assert done.returncode == 0, done.stderr
    captions = [result["caption"]["text"] for result in json.loads(done.stdout)["results"]]
    shown = lines_of(tandem, CAPTIONER, "--source", "scenes:held-out:6", "--every-frame")
    assert [text for _, _, _, text in shown] == captions


def test_on_demand_the_model_does_not_run_by_itself(tandem):
    shown = lines_of(tandem, MODEL, "--source", "phantom:arrest", "--on-demand", "--every-frame", "--frames", 3)
    assert [(latency, text) for _, _, latency, text in shown] == [("-", "")] * 3


def test_keys_in_a_terminal(live, two_models):
    view = live(MODEL, "--store", two_models, "--source", "scenes:1", "--view", "terminal", "--threads", 1)
    view.wait_for("\u2580")  # the picture
    view.wait_for(f"> {MODEL} fp32")
    view.press("p")
    view.wait_for("median")
    view.press("m")
    view.wait_for("now segmentation_transunet_second_20261121 fp32")
    view.press("M")  # the third is damaged
    view.wait_for("segmentation_unet_third_20261121 fp32 cannot be used")
    view.wait_for("x segmentation_unet_third_20261121")
    view.wait_for("> segmentation_transunet_second_20261121")
    view.press("q")
    assert view.wait() == 0
    assert view.settings() == view.before
    end = view.text[view.text.index("\x1b[?1049l"):]  # after the screen was given back
    assert end.count("latency of") == 2  # of both models
    assert "second_20261121 fp32, onnxruntime" in end


def test_a_captioner_waits_for_s(live, tmp_path):
    view = live(CAPTIONER, "--source", "scenes:1", "--view", "terminal", "--speech-dir", tmp_path, "--threads", 1)
    view.wait_for("FPS, - ms")  # frames are shown, the model has not run
    view.press("S")
    view.wait_for(" %, ")  # the words with their probabilities
    wait_for_sound(tmp_path / "000001.wav", view)
    view.press("q")
    assert view.wait() == 0
    assert re.search(r"latency of 1:", view.text)


def test_s_speaks_and_r_says_it_again(live, tmp_path):
    view = live(
        MODEL, "--source", "scenes:1", "--view", "terminal", "--on-demand", "--speech-dir", tmp_path, "--threads", 1
    )
    view.wait_for("S speak")
    view.press("r")
    view.wait_for("nothing has been said yet")
    view.press("s")
    view.wait_for("mean confidence")
    wait_for_sound(tmp_path / "000001.wav", view)
    view.press("r")
    wait_for_sound(tmp_path / "000002.wav", view)
    view.press("q")
    assert view.wait() == 0


def wait_for_sound(path, terminal=None, seconds=60):
    """Until the file is a WAV of speech: not silent, and longer than a moment. A terminal that nobody reads stands."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        try:
            with wave.open(str(path)) as sound:
                samples = sound.readframes(sound.getnframes())
                if sound.getnframes() > sound.getframerate() / 4:
                    assert max(samples) > 0
                    return
        except (FileNotFoundError, EOFError, wave.Error):
            pass  # it is being written
        if terminal:
            terminal.read(0.05)
        else:
            time.sleep(0.05)
    raise AssertionError(f"no speech in {path} after {seconds} s")


def test_with_speak_each_change_is_said(tandem, tmp_path):
    report = report_of(
        tandem, MODEL, "--source", "phantom:arrest", "--carotid", "--every-frame", "--speak", "--speech-dir", tmp_path
    )
    assert report["last"]["sentence"] == "Arrest: the artery collapses."
    sounds = sorted(tmp_path.glob("*.wav"))
    assert report["spoken"] == len(sounds) >= 1
    for sound in sounds:
        wait_for_sound(sound, seconds=1)


def test_without_espeak_it_is_said_once_and_the_view_goes_on():
    done = subprocess.run(
        [str(TANDEM), "live", MODEL, "--source", "phantom:arrest", "--carotid", "--every-frame", "--speak"],
        cwd=ROOT, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=300, env={"PATH": "/nowhere"},
    )
    assert done.returncode == 0, done.stderr
    assert done.stderr.count("apt-get install espeak-ng") == 1
    assert len(LINE.findall(done.stdout)) == 40


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=str)
def test_a_signal_ends_it_and_the_terminal_is_as_before(live, number):
    view = live(MODEL, "--source", "scenes:1", "--view", "terminal", "--threads", 1)
    view.wait_for("S speak")
    view.process.send_signal(number)
    assert view.wait() == 0
    assert view.settings() == view.before
    assert "\x1b[?1049l" in view.text
    assert "latency of" in view.text


@needs_opencv
def test_a_video_is_looked_at(tandem, clip):
    report = report_of(tandem, MODEL, "--source", clip, "--carotid", "--every-frame")
    assert report["frames"] == 40
    assert report["last"]["text"].startswith("arrest")
    assert "clip.avi, 10 frames per second" in report["source"]


@needs_opencv
def test_a_video_has_its_own_times(tandem, clip):
    shown = lines_of(tandem, MODEL, "--source", clip, "--carotid", "--every-frame", "--frames", 5)
    assert [at for _, at, _, _ in shown] == pytest.approx([0, 0.1, 0.2, 0.3, 0.4], abs=0.002)


@needs_opencv
def test_run_takes_a_video_too(tandem, clip):
    done = tandem("run", MODEL, "--source", clip, "--carotid", "--json")
    assert json.loads(done.stdout)["decision"]["state"] == "arrest"


@needs_opencv
@pytest.mark.parametrize("make", [
    lambda good: b"", lambda good: b"no video", lambda good: good[:300], lambda good: good[:200] + bytes(2000),
    lambda good: good[:400] + bytes(len(good) - 400),
], ids=["empty", "text", "header", "zeros", "no frames"])
def test_a_bad_video_is_a_sentence(tandem, tmp_path, clip, make):
    bad = tmp_path / "bad.avi"
    bad.write_bytes(make(clip.read_bytes()))
    done = tandem("live", MODEL, "--source", bad, "--carotid", "--every-frame", "--view", "none")
    assert done.returncode == 1, done.stdout + done.stderr
    assert "bad.avi" in done.stderr


@needs_opencv
def test_a_truncated_video_ends_where_it_was_cut(tandem, tmp_path, clip):
    cut = tmp_path / "cut.avi"
    whole = clip.read_bytes()
    cut.write_bytes(whole[: len(whole) // 2])
    report = report_of(tandem, MODEL, "--source", cut, "--carotid", "--every-frame")
    assert 10 <= report["frames"] <= 25


@needs_opencv
def test_a_window_is_shown_without_a_screen(tandem, monkeypatch):
    monkeypatch.setenv("QT_QPA_PLATFORM", "offscreen")
    report = report_of(tandem, MODEL, "--source", "phantom:arrest", "--carotid", "--view", "window", "--frames", 5)
    assert report["frames"] == 5


@needs_opencv
@pytest.mark.parametrize("display", ["", ":4711"], ids=["none", "dead"])
def test_a_window_without_a_display_is_a_sentence(tandem, monkeypatch, display):
    monkeypatch.setenv("DISPLAY", display)
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    done = tandem("live", MODEL, "--source", "phantom:arrest", "--view", "window")
    assert done.returncode == 1, done.stdout + done.stderr
    assert "--view terminal" in done.stderr


@pytest.mark.parametrize("arguments, words", [
    ([MODEL, "--source", "no-such-file.mp4"], "expected a video file"),
    ([MODEL, "--source", "phantom:else"], "phantom:arrest or phantom:rosc"),
    ([MODEL, "--source", "tests/e2e"], "holds no file that ends in .png"),
    ([MODEL, "--source", "camera:/dev/null/none"], "camera" if HAS_OPENCV else "apt-get install"),
    ([MODEL, "--source", "camera:0", "--every-frame"], "a camera cannot"),
    ([DIGITS, "--source", "phantom:arrest", "--carotid"], "postprocess: segmentation"),
    (["caption_mobilenetv3-gru-step_scenes_20261121", "--source", "scenes:1"], "takes no image"),
    (["no-such-model", "--source", "phantom:arrest"], "no-such-model"),
], ids=lambda value: value if isinstance(value, str) else "")
def test_what_cannot_be_done_is_exit_code_1_and_a_sentence(tandem, arguments, words):
    done = tandem("live", *arguments)
    assert done.returncode == 1, done.stdout + done.stderr
    assert words in done.stderr


@pytest.mark.parametrize("arguments", [
    [], [MODEL, "--json", "--view", "terminal"], [MODEL, "--view", "hologram"], [MODEL, "--frames", "0"],
    [MODEL, "--continuous", "--on-demand"],
], ids=str)
def test_wrong_usage_is_exit_code_2(tandem, arguments):
    done = tandem("live", *arguments)
    assert done.returncode == 2, done.stdout + done.stderr
    assert done.stderr
