# SPDX-License-Identifier: Apache-2.0
"""The same files without Tandem: python -m tandem_worker, and models that need no file of Python."""

import pickle
from pathlib import Path

import numpy as np
import pytest

from tandem_worker.__main__ import main
from tandem_worker.model import load_model
from tandem_worker.specs import BrokenModel

EXAMPLE = str(Path(__file__).parents[1] / "examples/standardize.py")


def test_the_example_runs_from_npy_to_npy(tmp_path):
    x, y = str(tmp_path / "x.npy"), str(tmp_path / "y.npy")
    np.save(x, np.float32([[1, 2, 3]]))
    assert main([EXAMPLE, "--input", x, "-o", y, "--runs", "3"]) == 0
    np.testing.assert_allclose(np.load(y).mean(), 0, atol=1e-6)


def test_without_an_input_it_says_what_it_takes(capsys):
    assert main([EXAMPLE]) == 0
    assert "input  x: float32[batch,width]" in capsys.readouterr().out


@pytest.mark.parametrize("array, complaint", [
    (np.zeros((1, 3)), "expected float32, got float64"),
    (np.zeros(3, np.float32), "expected x: float32[batch,width], got [3]"),
    (np.full((1, 3), np.nan, np.float32), "not finite"),
])
def test_a_wrong_input_is_explained(tmp_path, capsys, array, complaint):
    np.save(tmp_path / "x.npy", array)
    assert main([EXAMPLE, "--input", str(tmp_path / "x.npy")]) == 1
    assert complaint in capsys.readouterr().err


@pytest.fixture
def sklearn_file(tmp_path):
    pytest.importorskip("sklearn", reason="scikit-learn is not installed")
    rng = np.random.default_rng(0)
    x = rng.normal(size=(60, 3))

    def made(estimator, target=None):
        estimator.fit(x, (x[:, 0] > 0).astype(int) if target is None else target(x))
        file = tmp_path / "model.pkl"
        file.write_bytes(pickle.dumps(estimator))
        return file, estimator, x
    return made


def test_a_pickle_is_not_loaded_without_being_allowed(tmp_path):
    file = tmp_path / "model.pkl"
    file.write_bytes(b"cos\nsystem\n(S'touch " + str(tmp_path / "ran").encode() + b"'\ntR.")
    with pytest.raises(BrokenModel, match="--allow-pickle"):
        load_model(file)
    assert not (tmp_path / "ran").exists()


def test_a_classifier_gives_labels_and_probabilities(sklearn_file):
    from sklearn.linear_model import LogisticRegression

    file, estimator, x = sklearn_file(LogisticRegression())
    model = load_model(file, allow_pickle=True)
    answer = model({"x": x[:5].astype(model.inputs[0].dtype)})
    assert answer["label"].tolist() == estimator.predict(x[:5]).tolist()
    np.testing.assert_allclose(answer["probabilities"], estimator.predict_proba(x[:5]), atol=1e-6)


def test_labels_that_are_texts_become_their_index(sklearn_file):
    from sklearn.tree import DecisionTreeClassifier

    file, estimator, x = sklearn_file(DecisionTreeClassifier(), lambda x: np.where(x[:, 0] > 0, "yes", "no"))
    model = load_model(file, allow_pickle=True)
    label = model({"x": x.astype(model.inputs[0].dtype)})["label"]
    assert [str(estimator.classes_[index]) for index in label] == estimator.predict(x).tolist()


def test_regressions_transformers_and_pipelines_give_y(sklearn_file):
    from sklearn.decomposition import PCA
    from sklearn.linear_model import Ridge
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    for estimator, target in ((make_pipeline(StandardScaler(), Ridge()), lambda x: x[:, 1]), (PCA(2), None)):
        file, fitted, x = sklearn_file(estimator, target)
        model = load_model(file, allow_pickle=True)
        expected = fitted.predict(x) if hasattr(fitted, "predict") else fitted.transform(x)
        np.testing.assert_allclose(model({"x": x.astype(model.inputs[0].dtype)})["y"], expected, rtol=1e-4, atol=1e-4)


def test_an_estimator_that_was_not_fitted_is_explained(tmp_path):
    linear = pytest.importorskip("sklearn.linear_model", reason="scikit-learn is not installed")
    (tmp_path / "model.pkl").write_bytes(pickle.dumps(linear.Ridge()))
    with pytest.raises(BrokenModel, match="was it fitted"):
        load_model(tmp_path / "model.pkl", allow_pickle=True)
