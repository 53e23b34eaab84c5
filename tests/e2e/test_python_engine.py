# SPDX-License-Identifier: Apache-2.0
"""The Python engine as its users meet it: the documented example, the demo models in PyTorch, and what is said when Python is
not there. What needs PyTorch is skipped where no interpreter has it."""

import re
import sys

import numpy as np
import pytest

from conftest import DEMO_STORE, ROOT
from program import tandem
from python_interpreters import torch_python

DIGITS = "classification_cnn_digits_20261121"
EXAMPLE = ROOT / "python/examples/standardize.py"
needs_torch = pytest.mark.skipif(torch_python() is None, reason="no interpreter here has PyTorch (apt-get install python3-torch)")


def test_the_example_of_the_manual_is_the_file_that_runs():
    manual = (ROOT / "docs/python-engine.md").read_text(encoding="utf-8")
    shown = re.search(r"```python\n(.*?)```", manual, re.DOTALL).group(1)
    code = EXAMPLE.read_text(encoding="utf-8")
    assert shown == code[code.index("import numpy"):]


def test_the_example_runs(tmp_path):
    np.save(tmp_path / "x.npy", np.float32([[1, 2, 3], [4, 4, 5]]))
    tandem.succeed("run", EXAMPLE, tmp_path / "x.npy", "-o", tmp_path / "y.npy")
    y = np.load(tmp_path / "y.npy")
    np.testing.assert_allclose(y.mean(axis=1), 0, atol=1e-6)
    np.testing.assert_allclose(y.std(axis=1), 1, atol=1e-4)


def test_the_models_own_complaint_is_the_error(tmp_path):
    np.save(tmp_path / "x.npy", np.float32([[np.nan]]))
    done = tandem("run", EXAMPLE, tmp_path / "x.npy")
    assert done.returncode == 1
    assert "InvalidInput: x contains values that are not finite (standardize.py, line" in done.stderr


def test_it_can_be_measured():
    measured = tandem.json("bench", EXAMPLE, "--runs", 20, "--dim", "width=4")
    assert measured["runs"] == 20
    assert measured["engine"].startswith("python 3")


def test_devices_shows_the_interpreter():
    engines = {engine["name"]: engine for engine in tandem.json("devices")["engines"]}
    assert engines["python"]["available"]
    assert engines["python"]["version"] == ".".join(map(str, sys.version_info[:3]))


def test_devices_says_what_to_do_without_an_interpreter():
    engines = {engine["name"]: engine for engine in tandem.json("devices", python="no-python")["engines"]}
    assert not engines["python"]["available"]
    assert "TANDEM_PYTHON" in engines["python"]["reason"]


def test_a_checkpoint_without_code_is_explained(tmp_path):
    (tmp_path / "net.pth").write_bytes(b"")
    done = tandem("run", tmp_path / "net.pth", DEMO_STORE / "samples/digit_7.png")
    assert done.returncode == 1
    assert "net.py" in done.stderr


@needs_torch
@pytest.mark.parametrize("name", sorted(path.stem for path in (DEMO_STORE / "python").glob("*.py")))
def test_a_demo_model_gives_pytorchs_golden_outputs(name, tmp_path):
    golden = np.load(DEMO_STORE / f"golden/{name}.npz")
    np.save(tmp_path / "input.npy", golden["input"])
    tandem.succeed("run", name, tmp_path / "input.npy", "-o", tmp_path / "output.npy", "--engine", "python", python=torch_python())
    np.testing.assert_allclose(np.load(tmp_path / "output.npy"), golden["output"], atol=1e-4)


@needs_torch
def test_an_image_goes_through_the_same_preprocessing():
    answer = tandem.succeed("run", DIGITS, DEMO_STORE / "samples/digit_7.png", "--engine", "python", "--json", python=torch_python())
    assert '"7"' in answer


def test_a_served_model_answers_and_outlives_its_worker(start_server, tmp_path, monkeypatch):
    requests = pytest.importorskip("requests")
    monkeypatch.setenv("TANDEM_PYTHON", sys.executable)
    model = tmp_path / "fragile.py"
    model.write_text(EXAMPLE.read_text().replace("        x = inputs", "        import os\n"
                                                 "        if inputs['x'][0, 0] == 7: os._exit(1)\n        x = inputs"))
    server = start_server(model)

    def infer(values):
        body = {"inputs": [{"name": "x", "datatype": "FP32", "shape": [1, len(values)], "data": values}]}
        return requests.post(f"{server.url}/v2/models/fragile/infer", json=body, timeout=60)

    assert infer([1, 2, 3]).status_code == 200
    died = infer([7, 2, 3])
    assert died.status_code == 503
    assert "exit code 1" in died.json()["error"]
    assert infer([1, 2, 3]).status_code == 200
