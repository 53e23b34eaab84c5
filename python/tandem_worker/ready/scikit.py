# SPDX-License-Identifier: Apache-2.0
"""scikit-learn's estimators and pipelines from .pkl and .joblib files, which run code when they are loaded."""

import pickle

import numpy as np

from tandem_worker.specs import BrokenModel, TensorSpec


def _read(path):
    try:
        import joblib
    except ModuleNotFoundError:
        with open(path, "rb") as file:
            return pickle.load(file)
    return joblib.load(path)  # reads plain pickles, too


class ScikitModel:
    """x: float [batch, features]. A classifier gives label and, where it can, probabilities; labels that are strings are
    given as their index in classes_. Anything else gives y, of predict or transform."""

    def load(self, path, device):
        self._estimator = _read(path)
        if not any(hasattr(self._estimator, method) for method in ("predict", "transform")):
            raise BrokenModel(f"{path.name} contains a {type(self._estimator).__name__}, which has neither predict nor "
                              "transform")
        features = getattr(self._estimator, "n_features_in_", None)
        if features is None:
            raise BrokenModel(f"{path.name} contains a {type(self._estimator).__name__} that does not say how many features "
                              "it takes (n_features_in_): was it fitted?")
        self._inputs = [TensorSpec("x", self._input_type(features), ("batch", int(features)))]
        self._outputs = [TensorSpec(name, value.dtype.name, ("batch", *value.shape[1:]))
                         for name, value in self.infer({"x": np.zeros((2, features))}).items()]

    def _input_type(self, features):
        """float32 for those that compute the same in it, which trees do; float64 for the others."""
        try:
            answer = self._answer(np.zeros((1, features), np.float32))
            return "float32" if next(reversed(answer.values())).dtype == np.float32 else "float64"
        except (TypeError, ValueError):
            return "float64"

    def info(self):
        return {"inputs": self._inputs, "outputs": self._outputs}

    def infer(self, inputs):
        return self._answer(inputs["x"])

    def _answer(self, x):
        estimator = self._estimator
        if not hasattr(estimator, "predict"):
            transformed = estimator.transform(x)
            return {"y": transformed.toarray() if hasattr(transformed, "toarray") else np.asarray(transformed)}
        answer = np.asarray(estimator.predict(x))
        if not hasattr(estimator, "classes_"):
            return {"y": answer}
        if answer.dtype.kind in "OSU":
            answer = np.searchsorted(estimator.classes_, answer)
        outputs = {"label": answer}
        if hasattr(estimator, "predict_proba"):
            probabilities = estimator.predict_proba(x)
            if isinstance(probabilities, np.ndarray):  # a list for several labels at once
                outputs["probabilities"] = probabilities
        return outputs
