# SPDX-License-Identifier: Apache-2.0
"""A picture becomes a caption: on the command line, from a server, and from a checkpoint that was just converted."""

import base64
import json
import shutil
import struct
import zipfile
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
import requests

from conftest import DEMO_STORE

ENCODER = "caption_mobilenetv3-gru-encoder_scenes_20261121"
STEP = "caption_mobilenetv3-gru-step_scenes_20261121"
CHECKPOINT = DEMO_STORE / "checkpoints/caption_mobilenetv3-gru_scenes_20261121.pth"
ENTRIES = json.loads((DEMO_STORE / "samples/samples.json").read_text())["files"]
SCENES = {file: entry["caption"] for file, entry in ENTRIES.items() if file.startswith("scene_")}


def sample(file):
    return DEMO_STORE / "samples" / file


def run(tandem, *arguments):
    return tandem.json("run", *arguments)


def texts(report):
    return [result["caption"]["text"] for result in report["results"]]


@pytest.fixture(scope="module")
def without_step(tmp_path_factory):
    """A store in which the encoder's step is missing."""
    store = tmp_path_factory.mktemp("store")
    for path in (f"weights/{ENCODER}.onnx", f"metadata/{ENCODER}.json", f"configs/{ENCODER}.yaml"):
        (store / path).parent.mkdir(exist_ok=True)
        shutil.copy(DEMO_STORE / path, store / path)
    return store


def test_there_are_four_samples_with_known_captions():
    assert len(SCENES) == 4


def test_run_says_the_known_captions(tandem):
    report = run(tandem, ENCODER, *map(sample, SCENES))
    assert texts(report) == list(SCENES.values())


def test_run_on_a_folder_is_the_same(tandem, tmp_path):
    for file in SCENES:
        shutil.copy(sample(file), tmp_path / file)
    assert texts(run(tandem, ENCODER, tmp_path)) == [SCENES[file] for file in sorted(SCENES)]


def test_text_is_the_caption_and_v_adds_the_words(tandem):
    text = tandem.succeed("run", ENCODER, sample("scene_above.png"))
    assert SCENES["scene_above.png"] in text and "steps of" in text
    assert "%" not in text
    words = tandem.succeed("run", ENCODER, sample("scene_above.png"), "-v")
    assert sum("%" in line for line in words.splitlines()) == len(SCENES["scene_above.png"].split())


def test_each_word_has_a_probability_and_a_heat_map(tandem):
    caption = run(tandem, ENCODER, sample("scene_left_of.png"))["results"][0]["caption"]
    assert caption["grid"] == [4, 4] and caption["ended"] is True
    assert [word["word"] for word in caption["words"]] == SCENES["scene_left_of.png"].split()
    for word in caption["words"]:
        assert 0 < word["probability"] <= 1
        assert len(word["attention"]) == 16
        assert sum(word["attention"]) == pytest.approx(1, abs=1e-3)


def test_held_out_scenes_are_counted_against_their_truths(tandem):
    report = run(tandem, ENCODER, "--source", "scenes:held-out:20")
    results = [result["caption"] for result in report["results"]]
    assert len(results) == 20
    score = report["score"]
    assert score["count"] == 20
    assert score["correct"] == sum(caption["text"] == caption["truth"] for caption in results)
    assert score["exact_match"] == score["correct"] / 20
    assert score["correct"] >= 18  # of all thousand 99.2 % are right
    assert results[18]["truth"] == SCENES["scene_left_of.png"]  # samples.json: test_index 18


def test_the_last_line_of_scenes_is_the_score(tandem):
    lines = tandem.succeed("run", ENCODER, "--source", "scenes:held-out:3").splitlines()
    assert "of 3 captions right" in lines[-1]


def test_heat_maps_are_drawn_where_asked(tandem, tmp_path):
    report = run(tandem, ENCODER, sample("scene_above.png"), "-o", tmp_path / "heat.png")
    assert report["results"][0]["caption"]["overlay"] == str(tmp_path / "heat.png")
    # 14 tiles of 224, five in a row, 4 apart.
    width, height = struct.unpack(">II", (tmp_path / "heat.png").read_bytes()[16:24])
    assert (width, height) == (5 * 228 - 4, 3 * 228 - 4)
    assert "heat maps" in tandem.refuse("run", ENCODER, sample("scene_above.png"), "-o", tmp_path / "x.npy")


def test_scenes_without_an_end_are_refused(tandem):
    assert "say how many frames, scenes:7:100" in tandem.refuse("run", ENCODER, "--source", "scenes:7")


def test_a_missing_step_is_named_with_the_place_where_it_should_be(tandem, without_step):
    said = tandem.refuse("run", ENCODER, sample("scene_above.png"), "--store", without_step)
    assert STEP in said and "caption.step" in said
    lone = without_step / "lone"
    lone.mkdir()
    shutil.copy(without_step / f"weights/{ENCODER}.onnx", lone / "a.onnx")
    shutil.copy(without_step / f"configs/{ENCODER}.yaml", lone / "a.yaml")
    assert f"expected the file {lone}/{STEP}.onnx" in tandem.refuse("run", lone / "a.onnx", sample("scene_above.png"))


def test_a_step_of_another_captioner_is_refused(tandem, tmp_path):
    shutil.copy(DEMO_STORE / f"weights/{ENCODER}.onnx", tmp_path / "a.onnx")
    shutil.copy(DEMO_STORE / f"weights/{STEP}.onnx", tmp_path / f"{STEP}.onnx")
    config = (DEMO_STORE / f"configs/{ENCODER}.yaml").read_text()
    (tmp_path / "a.yaml").write_text(config.replace('"background"', '"background", "more"'))
    said = tandem.refuse("run", tmp_path / "a.onnx", sample("scene_above.png"))
    assert "caption.words: expected 32 words, as many as the step rates, got 33" in said


def test_a_converted_checkpoint_says_the_same_at_once(tandem, tmp_path):
    made = tandem.json("convert", CHECKPOINT, "-o", tmp_path / "x.onnx")
    assert sorted(file.rsplit("/", 1)[1] for file in made["files"]) == [
        "x-encoder.onnx", "x-encoder.yaml", "x-step.onnx", "x-step.yaml"]
    report = run(tandem, tmp_path / "x-encoder.onnx", *map(sample, SCENES))
    assert texts(report) == list(SCENES.values())


def test_converted_files_say_what_the_training_script_writes(tandem, tmp_path):
    tandem.succeed("convert", CHECKPOINT, "-o", tmp_path / "x.onnx")
    for part, name in (("encoder", ENCODER), ("step", STEP)):
        ours, theirs = (json.loads(tandem.json("inspect", file)["metadata"]["captioner"])
                        for file in (tmp_path / f"x-{part}.onnx", DEMO_STORE / f"weights/{name}.onnx"))
        assert ours == {key: theirs[key] for key in ours}
        assert ours["part"] == part


def test_a_checkpoint_without_words_is_converted_and_says_what_is_missing(tandem, tmp_path):
    tensors = tandem.json("inspect", CHECKPOINT)["tensors"]
    with zipfile.ZipFile(CHECKPOINT) as archive:  # storages are numbered in the order of the tensors
        arrays = {row["name"]: np.frombuffer(archive.read(f"archive/data/{number}"),
                                             {"float32": "<f4", "int64": "<i8"}[row["dtype"]]).reshape(row["shape"])
                  for number, row in enumerate(tensors)}
    np.savez(tmp_path / "state.npz", **arrays)
    said = tandem.succeed("convert", tmp_path / "state.npz", "-o", tmp_path / "x.onnx", "--image-size", "112")
    assert "no 'word_map' in the checkpoint" in said
    (result,) = run(tandem, tmp_path / "x-encoder.onnx", sample("scene_above.png"))["results"]
    assert "caption" not in result and len(result["outputs"]) == 3


def test_the_server_says_the_words_that_run_says(server, tandem):
    for file, expected in SCENES.items():
        answer = requests.post(f"{server.url}/api/models/{ENCODER}/predict", data=sample(file).read_bytes(), timeout=60)
        assert answer.status_code == 200, answer.text
        served = answer.json()["caption"]
        local = run(tandem, ENCODER, sample(file))["results"][0]["caption"]
        assert served["text"] == expected == local["text"]
        assert served["grid"] == [4, 4] and served["ended"] is True
        for ours, theirs in zip(served["words"], local["words"], strict=True):
            assert set(ours) == {"word", "probability", "attention"}
            assert ours["word"] == theirs["word"]
            assert ours["probability"] == pytest.approx(theirs["probability"], abs=1e-4)
            assert ours["attention"] == pytest.approx(theirs["attention"], abs=1e-4)


def test_inference_has_the_caption_as_its_prediction(server):
    image = base64.b64encode(sample("scene_above.png").read_bytes()).decode()
    answer = requests.post(f"{server.url}/inference", timeout=60, json={
        "image_data": image, "analysis_type": "caption", "patient_id": "P-1"})
    assert answer.status_code == 200, answer.text
    data = answer.json()["data"]
    assert data["prediction"] == data["caption"]["text"] == SCENES["scene_above.png"]
    assert 0.5 < data["confidence"] <= 1
    assert data["probabilities"] == {data["prediction"]: data["confidence"]}


def test_sixteen_requests_at_once_are_all_right(server):
    files = list(SCENES) * 4

    def ask(file):
        return requests.post(f"{server.url}/api/models/{ENCODER}/predict", data=sample(file).read_bytes(), timeout=120)

    with ThreadPoolExecutor(16) as pool:
        answers = list(pool.map(ask, files))
    assert [answer.status_code for answer in answers] == [200] * 16
    assert [answer.json()["caption"]["text"] for answer in answers] == [SCENES[file] for file in files]


def test_the_model_list_takes_pictures_for_the_encoder_only(server):
    models = {model["name"]: model for model in requests.get(f"{server.url}/api/models", timeout=60).json()}
    assert models[ENCODER]["task"] == models[STEP]["task"] == "caption"
    assert models[ENCODER]["takes_image"] is True
    assert models[STEP]["takes_image"] is False


def test_the_encoders_tensors_can_still_be_asked_for(server):
    outputs = requests.get(f"{server.url}/v2/models/{ENCODER}", timeout=60).json()["outputs"]
    assert [output["name"] for output in outputs] == ["features", "att1", "h0"]


def test_a_server_without_the_step_says_so(start_server, without_step):
    answer = requests.post(f"{start_server(without_step).url}/api/models/{ENCODER}/predict",
                           data=sample("scene_above.png").read_bytes(), timeout=60)
    assert answer.status_code == 503
    assert STEP in answer.json()["error"] and "caption.step" in answer.json()["error"]
