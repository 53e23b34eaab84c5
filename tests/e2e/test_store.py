# SPDX-License-Identifier: Apache-2.0
"""tandem store: a model's versions added, listed, shown, compared and removed; killed in the middle; wrong usage."""

import hashlib
import json
import os
import signal
import stat
import subprocess
import time

import pytest
import requests

from conftest import DEMO_STORE, ROOT, TANDEM

NAME = "classification_cnn_digits_20261121"
DIGITS = DEMO_STORE / f"weights/{NAME}.onnx"
CONFIG = DEMO_STORE / f"configs/{NAME}.yaml"
METADATA = DEMO_STORE / f"metadata/{NAME}.json"
CAROTID = next((DEMO_STORE / "weights").glob("segmentation_*.onnx"))
SEVEN = DEMO_STORE / "samples/digit_7.png"


@pytest.fixture
def store(tmp_path):
    return tmp_path / "store"


@pytest.fixture
def two_versions(tandem, store):
    """A store with the digits model as versions 1 and 2; the metadata of 2 says it is worse."""
    worse = json.loads(METADATA.read_text())
    worse["accuracy"]["accuracy"] = 0.5
    worse["inference"]["machine"] = "another machine"
    file = store.parent / "worse.json"
    file.write_text(json.dumps(worse))
    tandem.succeed("store", "add", DIGITS, "--metadata", METADATA, "--config", CONFIG, "--store", store)
    tandem.succeed("store", "add", DIGITS, "--metadata", file, "--store", store)
    return store


@pytest.mark.parametrize("verb", ["add", "list", "show", "compare", "rm"])
def test_every_verb_explains_itself_with_an_example(tandem, verb):
    text = tandem.succeed("store", verb, "--help")
    assert f"tandem store {verb}" in text
    assert "--json" in text


@pytest.mark.parametrize("arguments", [
    [], ["fly"], ["add"], ["show"], ["compare", NAME], ["add", DIGITS, "--name", NAME, "--task", "x"],
    ["add", DIGITS, "--task", "x"], ["add", DIGITS, "--date", "20260101"], ["compare", NAME, NAME, "--threshold", "x"],
], ids=lambda arguments: " ".join(getattr(a, "name", str(a)) for a in arguments) or "nothing")
def test_wrong_usage_is_exit_code_2(tandem, arguments):
    done = tandem("store", *arguments)
    assert done.returncode == 2
    assert "store" in done.stderr + done.stdout


def test_an_unknown_verb_is_answered_with_the_verbs_there_are(tandem):
    assert "add, golden, rm, list, show, compare" in tandem("store", "fly").stderr


def test_add_makes_a_store_says_so_and_the_model_runs(tandem, store):
    done = tandem("store", "add", DIGITS, "--config", CONFIG, "--store", store)
    assert done.returncode == 0, done.stderr
    assert "made a new one" in done.stderr
    assert "version 1" in done.stdout
    assert "onnxruntime" in done.stdout
    assert "7" in tandem.succeed("run", NAME, SEVEN, "--store", store)


def test_add_writes_what_the_model_says_of_itself(tandem, store):
    added = tandem.json("store", "add", DIGITS, "--store", store)
    metadata = json.loads((store / f"metadata/{NAME}.json").read_text())
    digest = hashlib.sha256(DIGITS.read_bytes()).hexdigest()
    assert added["weights_sha256"] == metadata["files"]["onnx_sha256"] == digest
    assert metadata["version"] == "1"
    assert metadata["compatibility"]["opset"] == 17
    assert metadata["compatibility"]["checked_with"].startswith("onnxruntime")
    assert metadata["model"]["precision"] == "fp32"
    assert metadata["model"]["inputs"] == ["input: float32[batch,1,8,8]"]
    assert metadata["size"]["weights_bytes"] == DIGITS.stat().st_size


def test_add_makes_the_name_from_its_parts(tandem, store):
    added = tandem.json("store", "add", DIGITS, "--task", "face_detection", "--architecture", "yolov8n", "--dataset",
                    "wider", "--date", "20240229", "--store", store)
    assert added["name"] == "face_detection_yolov8n_wider_20240229"


def test_add_takes_todays_date_when_none_is_given(tandem, store):
    added = tandem.json("store", "add", DIGITS, "--task", "a", "--architecture", "b", "--dataset", "c", "--store",
                    store)
    assert added["name"] in {time.strftime("a_b_c_%Y%m%d", time.gmtime(time.time() - s)) for s in (0, 600)}


def test_a_second_add_is_the_next_version_and_keeps_the_config(tandem, two_versions):
    shown = tandem.json("store", "show", NAME, "--store", two_versions)
    assert shown["version"] == 2
    assert [row["version"] for row in shown["versions"]] == [1, 2]
    assert shown["config"] == CONFIG.read_text()


def test_the_same_weights_keep_what_is_known_of_them(tandem, two_versions):
    added = tandem.json("store", "add", DIGITS, "--store", two_versions)
    assert added["same_weights_as"] == added["metadata_from"] == 2
    metadata = json.loads((two_versions / f"metadata/{NAME}.json").read_text())
    assert metadata["accuracy"]["accuracy"] == 0.5
    assert metadata["version"] == "3"


def test_every_version_runs_by_its_number(tandem, two_versions):
    for name in (NAME, f"{NAME}@1", f"{NAME}@2"):
        result = tandem.json("run", name, SEVEN, "--store", two_versions)
        assert result["model"] == name
        assert '"7"' in json.dumps(result)
    assert tandem.json("bench", f"{NAME}@1", "--runs", 5, "--store", two_versions)["runs"] == 5
    assert tandem.json("inspect", f"{NAME}@1", "--store", two_versions)["store"]["version"] == "1"


def test_a_version_is_served_by_its_number(start_server, two_versions):
    server = start_server(f"{NAME}@1", "--store", str(two_versions))
    assert requests.get(f"{server.url}/v2/models/{NAME}", timeout=10).json()["versions"] == ["1"]
    answer = requests.post(f"{server.url}/api/models/{NAME}/predict", data=SEVEN.read_bytes(), timeout=30)
    assert answer.status_code == 200
    assert '"7"' in answer.text


def test_a_version_that_is_not_there_is_answered_with_those_that_are(tandem, two_versions):
    assert "1, 2" in tandem.refuse("run", f"{NAME}@9", SEVEN, "--store", two_versions)


@pytest.mark.parametrize("verb", [["run", "clasification_cnn_digits_20261121", SEVEN], ["run", "digits", SEVEN],
                                  ["bench", "digits"], ["inspect", "digits"], ["serve", "digits"]], ids=lambda v: v[1])
def test_a_missing_model_is_answered_with_the_closest_name(tandem, verb):
    assert NAME in tandem.refuse(*verb)


def test_list_is_a_table(tandem, two_versions):
    text = tandem.succeed("store", "list", "--store", two_versions)
    for word in (NAME, "2 of 2", "classification", "107.2 kB", "fp32", "accuracy 0.5", "360"):
        assert word in text
    row = tandem.json("store", "list", "--store", two_versions)["models"][0]
    assert row["name"] == NAME
    assert row["accuracy"] == {"metric": "accuracy", "value": 0.5, "dataset": "scikit-learn digits", "count": 360}


def test_the_demo_store_is_listed_and_not_touched(tandem):
    assert NAME in tandem.succeed("store", "list")
    assert NAME in tandem.succeed("store", "show", f"{NAME}@1")
    assert not (DEMO_STORE / ".store").exists()


def test_a_read_only_store_is_read(tandem, two_versions):
    folders = [two_versions, *(path for path in two_versions.rglob("*") if path.is_dir())]
    for folder in folders:
        folder.chmod(stat.S_IRUSR | stat.S_IXUSR)
    try:
        assert NAME in tandem.succeed("store", "list", "--store", two_versions)
        assert "7" in tandem.succeed("run", f"{NAME}@1", SEVEN, "--store", two_versions)
    finally:
        for folder in folders:
            folder.chmod(0o755)


def test_compare_tells_what_got_worse_and_what_cannot_be_compared(tandem, two_versions):
    text = tandem.succeed("store", "compare", f"{NAME}@1", NAME, "--store", two_versions)
    assert "regressions: accuracy.accuracy" in text
    assert "speed cannot be compared" in text
    report = tandem.json("store", "compare", f"{NAME}@1", NAME, "--store", two_versions)
    assert report["before"] == f"{NAME}@1"
    assert report["after"] == f"{NAME}@2"
    assert report["regressions"] == ["accuracy.accuracy"]
    assert report["improvements"] == []


def test_rm_asks_for_yes_where_nobody_can_answer(tandem, two_versions):
    assert "--yes" in tandem.refuse("store", "rm", NAME, "--store", two_versions)
    assert tandem.json("store", "show", NAME, "--store", two_versions)["version"] == 2


def test_rm_of_the_latest_version_brings_back_the_one_before(tandem, two_versions):
    removed = tandem.json("store", "rm", f"{NAME}@2", "--yes", "--store", two_versions)
    assert removed["removed_versions"] == [2]
    assert removed["current_version"] == 1
    assert tandem.json("store", "list", "--store", two_versions)["models"][0]["accuracy"]["value"] > 0.99


def test_rm_of_a_name_leaves_nothing_but_the_log(tandem, two_versions):
    tandem.succeed("store", "rm", NAME, "--yes", "--store", two_versions)
    assert tandem.json("store", "list", "--store", two_versions)["models"] == []
    assert [path for path in (two_versions / ".store/blobs").rglob("*") if path.is_file()] == []
    last = json.loads((two_versions / ".store/log.jsonl").read_text().splitlines()[-1])
    assert last["action"] == "remove"
    assert [row["version"] for row in last["versions"]] == [1, 2]


@pytest.mark.parametrize("file,words", [
    (SEVEN, "ONNX"), (METADATA, "ONNX"), (ROOT, "regular file"), (ROOT / "no-such-file.onnx", "no-such-file"),
], ids=["picture", "text", "folder", "nothing"])
def test_what_is_no_model_is_refused_and_makes_no_store(tandem, store, file, words):
    assert words in tandem.refuse("store", "add", file, "--name", NAME, "--store", store)
    assert not store.exists()


def test_a_name_that_breaks_the_rule_is_refused(tandem, store, tmp_path):
    other = tmp_path / "net.onnx"
    other.write_bytes(DIGITS.read_bytes())
    assert "--name" in tandem.refuse("store", "add", other, "--store", store)
    assert "date" in tandem.refuse("store", "add", other, "--name", "a_b_c_20260230", "--store", store)


def test_a_config_of_another_model_is_refused(tandem, store):
    assert "config" in tandem.refuse("store", "add", CAROTID, "--config", CONFIG, "--store", store)
    assert tandem.json("store", "list", "--store", store)["models"] == []


def test_the_config_beside_the_file_is_taken(tandem, store, tmp_path):
    (tmp_path / "net.onnx").write_bytes(DIGITS.read_bytes())
    (tmp_path / "net.yaml").write_bytes(CONFIG.read_bytes())
    tandem.succeed("store", "add", tmp_path / "net.onnx", "--name", NAME, "--store", store)
    assert tandem.json("store", "show", NAME, "--store", store)["config"] == CONFIG.read_text()


def test_metadata_of_another_model_is_refused(tandem, store):
    assert "another file" in tandem.refuse("store", "add", CAROTID, "--metadata", METADATA, "--store", store)


def test_a_model_of_an_opset_that_the_runtime_does_not_know_is_refused(tandem, store, tmp_path):
    import onnx

    model = onnx.load(DIGITS)
    model.opset_import[0].version = 999
    new = tmp_path / f"{NAME}.onnx"
    onnx.save(model, new)
    assert "cannot load the model" in tandem.refuse("store", "add", new, "--store", store)
    tandem.succeed("store", "add", new, "--no-load", "--store", store)
    assert "checked_with" not in json.loads((store / f"metadata/{NAME}.json").read_text())["compatibility"]


def test_a_folder_that_is_no_store_is_left_alone(tandem, tmp_path):
    (tmp_path / "thesis.txt").write_text("x")
    assert "no store" in tandem.refuse("store", "add", DIGITS, "--store", tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["thesis.txt"]


def large_model(folder, megabytes):
    """The digits model with so many unused weights that copying it takes a while."""
    import numpy as np
    import onnx
    from onnx import numpy_helper

    model = onnx.load(DIGITS)
    ballast = np.random.default_rng(1).integers(0, 255, megabytes << 20, np.uint8)
    model.graph.initializer.append(numpy_helper.from_array(ballast, "ballast"))
    file = folder / f"{NAME}.onnx"
    onnx.save(model, file)
    return file


def test_a_killed_add_leaves_the_version_before_and_no_litter(tandem, two_versions, tmp_path):
    large = large_model(tmp_path, 256)
    temporary = two_versions / ".store/temporary"
    process = subprocess.Popen([TANDEM, "store", "add", large, "--store", two_versions], cwd=ROOT,
                               stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    end = time.monotonic() + 120
    while not any(path.stat().st_size > 1 << 20 for path in temporary.glob("*")):
        assert process.poll() is None, process.stderr.read()
        assert time.monotonic() < end
        time.sleep(0.001)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    assert process.returncode == -signal.SIGKILL
    assert list(temporary.glob("*")), "it was killed in the middle of copying"

    shown = tandem.json("store", "show", NAME, "--store", two_versions)
    assert shown["version"] == 2
    assert "7" in tandem.succeed("run", NAME, SEVEN, "--store", two_versions)
    assert tandem.json("store", "list", "--store", two_versions)["problems"] == []

    assert tandem.json("store", "add", DIGITS, "--store", two_versions)["version"] == 3
    assert list(temporary.glob("*")) == []


def test_two_programs_that_add_at_the_same_time_both_get_a_version(tandem, two_versions):
    command = [TANDEM, "store", "add", DIGITS, "--store", two_versions, "--json"]
    processes = [subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) for _ in range(4)]
    versions = [json.loads(process.communicate(timeout=120)[0])["version"] for process in processes]
    assert sorted(versions) == [3, 4, 5, 6]


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_store_that_cannot_be_written_says_so(tandem, two_versions):
    (two_versions / ".store").chmod(0o555)
    try:
        assert "ermission" in tandem.refuse("store", "rm", NAME, "--yes", "--store", two_versions)
    finally:
        (two_versions / ".store").chmod(0o755)
