# SPDX-License-Identifier: Apache-2.0
"""`tandem run --carotid` with the demo model: phantoms of both kinds, folders of frames, what is written, mistakes."""

import csv
import sys

import pytest
from PIL import Image

from conftest import ROOT

MODEL = "segmentation_transunet_phantom_20261121"
DIGITS = "classification_cnn_digits_20261121"
# The demo model's CAC is off by .0185 on average over 40 held-out clips (its model card), .0057 of that from the pixels.
# One clip of 40 frames may be twice as far off.
MEAN_CAC_ERROR = 0.04


def read_rows(path):
    with open(path, newline="", encoding="utf-8") as table:
        return list(csv.DictReader(table))


@pytest.fixture(scope="session")
def frames(tmp_path_factory):
    """A folder of 40 frames of an arrest, drawn by the phantom in Python, that is, by other code than Tandem's."""
    sys.path.insert(0, str(ROOT / "tools/train"))
    try:
        import phantom
    finally:
        sys.path.pop(0)
    folder = tmp_path_factory.mktemp("clip")
    for t, frame in enumerate(phantom.sequence(20261122, 0, "arrest")):
        Image.fromarray(frame.image).save(folder / f"frame_{t}.png")
    return folder


@pytest.mark.parametrize("kind", ["arrest", "rosc"])
def test_a_phantom_is_decided_and_measured_rightly(tandem, tmp_path, kind):
    table = tmp_path / "clip.csv"
    answer = tandem.json("run", MODEL, "--source", f"phantom:{kind}:1", "--carotid", "--csv", table)
    assert answer["decision"]["state"] == kind
    assert len(answer["decision"]["frames"]) == 10
    assert "Research use only" in answer["notice"]
    rows = read_rows(table)
    assert [int(row["frame"]) for row in rows] == list(range(40))
    errors = [abs(float(row["cac"]) - float(row["true_cac"])) for row in rows if row["cac"]]
    assert len(errors) >= 38
    assert sum(errors) / len(errors) < MEAN_CAC_ERROR
    assert answer["cac_error"]["mean_absolute"] == pytest.approx(sum(errors) / len(errors), abs=1e-5)
    other = "rosc" if kind == "arrest" else "arrest"
    assert other not in {row["state"] for row in rows}


def test_legacy_rules_say_rosc_on_the_resting_probe_of_an_arrest(tandem, tmp_path):
    table = tmp_path / "clip.csv"
    tandem.succeed("run", MODEL, "--source", "phantom:arrest:1", "--carotid=legacy", "--csv", table)
    rows = read_rows(table)
    assert rows[0]["state"] == "rosc"
    assert rows[-1]["state"] == "arrest"


def test_a_folder_is_one_sequence_in_natural_order(tandem, tmp_path, frames):
    table = tmp_path / "clip.csv"
    answer = tandem.json("run", MODEL, frames, "--carotid", "--fps", 10, "--csv", table)
    rows = read_rows(table)
    assert [row["file_name"] for row in rows] == [f"frame_{t}.png" for t in range(40)]
    assert float(rows[-1]["time_s"]) == pytest.approx(3.9)
    assert {row["true_cac"] for row in rows} == {""}
    assert answer["decision"]["state"] == "arrest"
    assert answer["cac_error"] is None


def test_overlays_are_images_with_the_state_around_them(tandem, tmp_path, frames):
    folder = tmp_path / "overlays"
    tandem.succeed("run", MODEL, frames, "--carotid", "--overlay-dir", folder)
    files = sorted(folder.iterdir())
    assert [file.name for file in files][:2] == ["000000_frame_0.png", "000001_frame_1.png"]
    assert len(files) == 40
    first, last = Image.open(files[0]), Image.open(files[-1])
    assert first.size == last.size == (128, 128)
    assert first.getpixel((0, 64)) == (255, 255, 255)  # not compressed
    assert last.getpixel((0, 64)) == (213, 94, 0)  # arrest


def test_lengths_are_mm_when_the_pixel_spacing_is_given(tandem, tmp_path, frames):
    for name, spacing in {"px": [], "mm": ["--pixel-spacing", "0.2"], "oblong": ["--pixel-spacing", "0.2,0.4"]}.items():
        tandem.succeed("run", MODEL, "--carotid", "--csv", tmp_path / f"{name}.csv", *spacing, frames)
    px, mm, oblong = (read_rows(tmp_path / f"{name}.csv")[0] for name in ("px", "mm", "oblong"))
    assert (px["unit"], mm["unit"]) == ("px", "mm")
    assert float(mm["major_diameter"]) == pytest.approx(0.2 * float(px["major_diameter"]), rel=1e-4)
    assert mm["cac"] == px["cac"]
    assert float(oblong["cac"]) > 0.7  # a round artery of oblong pixels is not round


def test_the_text_says_decision_rules_and_what_the_model_was_trained_on(tandem):
    text = tandem.succeed("run", MODEL, "--source", "phantom:rosc:2", "--carotid")
    for words in ("rosc (median_low)", "0.94", "CI_D", "synthetic phantom", "Research use only"):
        assert words in text


def test_without_carotid_each_frame_is_an_image(tandem, tmp_path, frames):
    three = tmp_path / "three"
    three.mkdir()
    for t in (0, 20, 39):
        Image.open(frames / f"frame_{t}.png").save(three / f"frame_{t}.png")
    answer = tandem.json("run", MODEL, three, "-o", tmp_path / "out")
    assert [result["input"] for result in answer["results"]] == [str(three / f"frame_{t}.png") for t in (0, 20, 39)]
    assert len(list((tmp_path / "out").glob("*_overlay.png"))) == 3


def test_a_broken_frame_is_named_and_no_csv_is_left(tandem, tmp_path, frames):
    folder = tmp_path / "clip"
    folder.mkdir()
    Image.open(frames / "frame_0.png").save(folder / "1.png")
    (folder / "2.png").write_bytes(b"no image")
    done = tandem("run", MODEL, folder, "--carotid", "--csv", tmp_path / "clip.csv")
    assert done.returncode == 1
    assert "2.png" in done.stderr
    assert not (tmp_path / "clip.csv").exists()


@pytest.mark.parametrize("arguments, words", [
    ([MODEL, "--source", "phantom:else", "--carotid"], "phantom:arrest or phantom:rosc"),
    ([MODEL, "tests/e2e", "--carotid"], "holds no file that ends in .png"),
    ([MODEL, "no-such-folder", "--carotid"], "--carotid expects one folder of frames"),
    ([DIGITS, "--source", "phantom:arrest", "--carotid"], "postprocess: segmentation"),
    ([MODEL, "--source", "phantom:arrest", "--carotid", "--csv", "no/such/folder/a.csv"], "there is no folder"),
    ([MODEL, "--source", "phantom:arrest", "--carotid", "--pixel-spacing", "0"], "pixel spacing"),
    ([MODEL, "--source", "phantom:arrest", "--carotid", "--pixel-spacing", "1,1,1"], "--pixel-spacing expects one"),
], ids=lambda value: value if isinstance(value, str) else "")
def test_what_cannot_be_done_is_exit_code_1_and_a_sentence(tandem, arguments, words):
    done = tandem("run", *arguments)
    assert done.returncode == 1, done.stdout + done.stderr
    assert words in done.stderr


@pytest.mark.parametrize("arguments", [
    [MODEL], [MODEL, "a.png", "--source", "phantom:arrest"], [MODEL, "a.png", "--csv", "a.csv"],
    [MODEL, "--source", "phantom:arrest", "--carotid=other"],
    [MODEL, "--source", "phantom:arrest", "--fps", "30"],
], ids=str)
def test_wrong_usage_is_exit_code_2(tandem, arguments):
    done = tandem("run", *arguments)
    assert done.returncode == 2, done.stdout + done.stderr
    assert done.stderr
