# SPDX-License-Identifier: Apache-2.0
"""The ways to write a model, each from a file as a user writes it."""

import json

import numpy as np
import pytest

from tandem_worker import load_model, values
from tandem_worker.model import LoadedModel
from tandem_worker.specs import BrokenModel, InvalidInput

HEAD = """import numpy as np
from tandem_worker import InvalidInput, TensorSpec, Worker

class Model{base}:
"""
INFO = """    def info(self):
        return {"inputs": [TensorSpec("x", "float32", ("batch", 2))], "outputs": [TensorSpec("y", "float32", ("batch",))]}
"""
STAGES = INFO + """    def preprocess(self, inputs):
        return {"scaled": inputs["x"] * 2, "note": "kept"}
    def predict(self, data):
        assert data["note"] == "kept"
        return [data["scaled"].sum(axis=1), 1]
    def postprocess(self, data):
        total, one = data
        return {"y": total + np.float32(one)}
"""


@pytest.fixture
def write(tmp_path):
    def written(body, base=""):
        file = tmp_path / "net.py"
        file.write_text(HEAD.format(base=base) + body)
        return file
    return written


X = {"x": np.float32([[1, 2], [3, 4]])}


def test_stages_follow_each_other(write):
    assert load_model(write(STAGES))(X)["y"].tolist() == [7, 15]


def test_predict_alone_is_enough_and_may_give_the_one_output_bare(write):
    model = load_model(write(INFO + "    def predict(self, inputs):\n        return inputs['x'][:, 0]\n"))
    assert model(X)["y"].tolist() == [1, 3]


def test_forward_gets_one_array_for_one_input(write):
    model = load_model(write(INFO + "    def forward(self, x):\n        return x[:, 1]\n", "(Worker)"))
    assert model(X)["y"].tolist() == [2, 4]


def test_a_worker_as_mosec_has_them_takes_and_gives_bytes(write):
    model = load_model(write("    def forward(self, data):\n        return {'twice': 2 * data['n']}\n", "(Worker)"))
    body = np.frombuffer(b'{"n": 21}', np.uint8)
    assert json.loads(model({"body": body})["body"].tobytes()) == {"twice": 42}


def test_a_worker_may_read_and_write_its_own_format(write):
    model = load_model(write("    def deserialize(self, data):\n        return np.frombuffer(data, np.uint8)\n"
                             "    def forward(self, data):\n        return data[::-1]\n"
                             "    def serialize(self, data):\n        return data.tobytes()\n", "(Worker)"))
    assert model({"body": np.uint8([1, 2, 3])})["body"].tolist() == [3, 2, 1]


def test_a_worker_that_takes_batches_gets_lists(write):
    model = load_model(write("    max_batch_size = 4\n    def forward(self, data):\n        return [len(data)]\n", "(Worker)"))
    assert model({"body": np.frombuffer(b"7", np.uint8)})["body"].tobytes() == b"1"


def test_a_body_that_cannot_be_read_is_the_callers_mistake(write):
    model = load_model(write("    def forward(self, data):\n        return data\n", "(Worker)"))
    with pytest.raises(InvalidInput, match="JSONDecodeError"):
        model({"body": np.frombuffer(b"{", np.uint8)})


def test_a_stage_alone_gives_what_the_next_one_takes(write):
    file = write("    workers = {'preprocess': 2}\n" + STAGES)
    first, second, third = (LoadedModel(file, stage=number) for number in range(3))
    assert first.stages == [("preprocess", 2), ("predict", 1), ("postprocess", 1)]
    assert third._runner._model.stage == "postprocess"
    between = values.put_together(*values.take_apart(first.run_stage(dict(X)), "preprocess"))
    between = values.put_together(*values.take_apart(second.run_stage(between), "predict"))
    assert third.run_stage(between)[0].tolist() == [7, 15]


def test_the_numbers_of_workers_are_checked(write):
    for wrong in ("{'infer': 1}", "{'predict': 0}", "3"):
        with pytest.raises(BrokenModel, match="workers: expected"):
            LoadedModel(write(f"    workers = {wrong}\n" + STAGES), stage=0)


def test_values_between_stages_survive():
    value = {"a": [np.arange(3), (1.5, None, "text")], "b": b"\0\1", "c": True, "d": np.float32(2)}
    back = values.put_together(*values.take_apart(value, "predict"))
    assert back["a"][0].tolist() == [0, 1, 2]
    assert (back["a"][1], back["b"], back["c"], back["d"]) == ((1.5, None, "text"), b"\0\1", True, 2)


def test_what_cannot_travel_between_stages_is_said():
    with pytest.raises(BrokenModel, match=r"preprocess\(\) gave a set"):
        values.take_apart({"a": {1}}, "preprocess")
    with pytest.raises(BrokenModel, match="object, which cannot be exchanged"):
        values.take_apart(np.array([object()]), "preprocess")
