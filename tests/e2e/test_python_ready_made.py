# SPDX-License-Identifier: Apache-2.0
"""Models for the Python engine that nobody wrote Python for: scikit-learn's files, as their users meet them. (PyTorch's and
Keras' are tested with the frameworks themselves by ./dev check convert.)"""

import pickle

import numpy as np
import pytest

from conftest import ROOT
from program import tandem

sklearn = pytest.importorskip("sklearn", reason="scikit-learn is not installed (./dev setup test)")


@pytest.fixture(scope="module")
def classifier(tmp_path_factory):
    """(file, estimator, x): a pipeline fitted to two clouds of points."""
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    rng = np.random.default_rng(1)
    x = np.concatenate([rng.normal(-1, 1, (50, 4)), rng.normal(1, 1, (50, 4))])
    estimator = make_pipeline(StandardScaler(), LogisticRegression()).fit(x, np.repeat([3, 8], 50))
    folder = tmp_path_factory.mktemp("sklearn")
    (folder / "model.pkl").write_bytes(pickle.dumps(estimator))
    np.save(folder / "x.npy", x)
    return folder / "model.pkl", estimator, x


def test_a_pickle_needs_the_word_of_its_user(classifier):
    complaint = tandem.refuse("run", classifier[0], classifier[0].parent / "x.npy")
    assert "model.pkl is a pickle: loading it runs whatever code is in it" in complaint
    assert "--allow-pickle" in complaint


def test_a_classifier_runs(classifier, tmp_path):
    file, estimator, x = classifier
    tandem.succeed("run", file, file.parent / "x.npy", "--allow-pickle", "-o", tmp_path)
    y = {name: np.load(tmp_path / f"x_{name}.npy") for name in ("label", "probabilities")}
    assert y["label"].tolist() == estimator.predict(x).tolist()
    np.testing.assert_allclose(y["probabilities"], estimator.predict_proba(x), atol=1e-6)


def test_a_classifier_is_served(classifier, start_server, monkeypatch):
    import sys

    import requests

    file, estimator, x = classifier
    monkeypatch.setenv("TANDEM_PYTHON", sys.executable)
    server = start_server(file, "--allow-pickle", "--engine", "python")
    body = {"inputs": [{"name": "x", "datatype": "FP64", "shape": [2, 4], "data": x[:2].ravel().tolist()}]}
    answer = requests.post(f"{server.url}/v2/models/model/infer", json=body, timeout=60)
    assert answer.status_code == 200, answer.text
    outputs = {output["name"]: output["data"] for output in answer.json()["outputs"]}
    assert outputs["label"] == estimator.predict(x[:2]).tolist()


def test_the_package_is_installed_by_pip(tmp_path):
    import shutil
    import subprocess
    import sys

    pytest.importorskip("setuptools", reason="pip builds the package with setuptools, and nothing is downloaded here")
    # A copy: setuptools leaves folders beside the sources.
    shutil.copytree(ROOT / "python", tmp_path / "python")
    pip = [sys.executable, "-m", "pip", "install", "-q", "--disable-pip-version-check"]
    subprocess.run([*pip, "--no-deps", "--no-build-isolation", "--target", tmp_path / "site", tmp_path / "python"], check=True)
    said = subprocess.run([sys.executable, "-m", "tandem_worker", ROOT / "python/examples/standardize.py"], cwd=tmp_path / "site",
                          capture_output=True, text=True, check=True).stdout
    assert "output  y: float32[batch,width]" in said
