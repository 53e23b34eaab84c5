# SPDX-License-Identifier: Apache-2.0
"""Models that come and go while the server answers: reloads under load, bad versions, the watch, golden vectors, shadows."""

import threading
import time

import numpy as np
import onnx
import pytest
import requests
import tritonclient.http as triton
from onnx import TensorProto, helper

NAME = "scale_factor_synthetic_20260101"
# A sanitized program on a busy machine of two cores is slow, not broken.
PATIENCE = 60
RELOADS = 1000
CONTROL = ["--model-control", "explicit"]


def model_bytes(factor):
    """y = factor * x, float32[n, 4]."""
    value = [helper.make_tensor_value_info(name, TensorProto.FLOAT, ["n", 4]) for name in ("x", "y")]
    weight = helper.make_tensor("factor", TensorProto.FLOAT, [1], [factor])
    graph = helper.make_graph([helper.make_node("Mul", ["x", "factor"], ["y"])], "scale", value[:1], value[1:], [weight])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)])
    model.ir_version = 8
    onnx.checker.check_model(model)
    return model.SerializeToString()


def add(tandem, folder, factor, *options):
    """Stores the model as the next version, and returns its number."""
    file = folder.parent / f"factor_{factor}.onnx"
    file.write_bytes(model_bytes(factor))
    return tandem.json("store", "add", file, "--store", folder, "--name", NAME, *options)["version"]


@pytest.fixture
def store(tmp_path, tandem):
    folder = tmp_path / "store"
    add(tandem, folder, 2.0)
    return folder


def ask(session, server, version=None):
    """The factor with which the server multiplies."""
    path = f"/versions/{version}" if version else ""
    answer = session.post(
        f"{server.url}/v2/models/{NAME}{path}/infer", timeout=PATIENCE,
        json={"inputs": [{"name": "x", "shape": [1, 4], "datatype": "FP32", "data": [1, 1, 1, 1]}]},
    )
    assert answer.status_code == 200, answer.text
    return answer.json()["outputs"][0]["data"][0]


def index_of(server):
    rows = requests.post(f"{server.url}/v2/repository/index", timeout=PATIENCE).json()
    return {row.get("version", ""): row for row in rows if row["name"] == NAME}


def wait_for(what):
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        if what():
            return
        time.sleep(0.02)
    raise AssertionError("it did not happen in time")


class Clients:
    """Ask for the model all the time; remember each factor that came, and whatever went wrong."""

    def __init__(self, server, count):
        self.factors, self.failures, self.answers = set(), [], 0
        self._stop = threading.Event()
        self._threads = [threading.Thread(target=self._run, args=(server,)) for _ in range(count)]

    def _run(self, server):
        session = requests.Session()
        while not self._stop.is_set():
            try:
                self.factors.add(ask(session, server))
                self.answers += 1
            except Exception as error:  # noqa: BLE001: whatever it is, it is a lost request
                self.failures.append(str(error))
                return

    def __enter__(self):
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self._stop.set()
        for thread in self._threads:
            thread.join(PATIENCE)


def test_a_thousand_reloads_under_load_fail_no_request(start_server, store):
    server = start_server(store, *CONTROL, "--load-model", NAME)
    control = triton.InferenceServerClient(f"127.0.0.1:{server.port}", network_timeout=PATIENCE)
    with Clients(server, 4) as clients:
        end = time.monotonic() + 120
        reloads = 0
        while reloads < RELOADS and time.monotonic() < end:
            control.load_model(NAME)
            reloads += 1
    assert not clients.failures
    assert clients.factors == {2.0}
    assert clients.answers > 0
    assert reloads == RELOADS, f"only {reloads} reloads in two minutes"


def test_the_watch_takes_over_a_version_and_leaves_a_bad_one(start_server, store, tandem):
    server = start_server(store, "--watch=0.1")
    session = requests.Session()
    with Clients(server, 2) as clients:
        assert add(tandem, store, 3.0) == 2
        wait_for(lambda: ask(session, server) == 3.0)
        (store / "weights" / f"{NAME}.onnx").unlink()
        (store / "weights" / f"{NAME}.onnx").write_bytes(b"no model at all")
        wait_for(lambda: "loading it anew failed" in index_of(server)["2"]["reason"])
        assert ask(session, server) == 3.0
    assert not clients.failures
    assert clients.factors <= {2.0, 3.0}


def test_tritonclient_loads_and_unloads(start_server, store, tandem):
    add(tandem, store, 3.0)
    server = start_server(store, *CONTROL)
    client = triton.InferenceServerClient(f"127.0.0.1:{server.port}", network_timeout=PATIENCE)
    assert not client.is_model_ready(NAME)
    client.load_model(NAME)
    assert client.is_model_ready(NAME)
    assert [row for row in client.get_model_repository_index() if row["name"] == NAME][0]["state"] == "READY"
    client.load_model(NAME, config='{"version_policy": {"specific": {"versions": [1]}}, "max_batch_size": 5}')
    assert ask(requests.Session(), server) == 2.0
    assert client.get_model_config(NAME)["max_batch_size"] == 5
    client.load_model("brought_along", config="{}", files={"file:7/model.onnx": model_bytes(9.0)})
    assert client.get_model_metadata("brought_along")["versions"] == ["7"]
    client.unload_model(NAME)
    assert not client.is_model_ready(NAME)
    assert index_of(server)[""]["reason"] == "was unloaded"
    with pytest.raises(triton.InferenceServerException, match="there is no model 'nothing'"):
        client.unload_model("nothing")


def test_without_explicit_control_nothing_is_loaded_or_unloaded(start_server, store):
    server = start_server(store)
    answer = requests.post(f"{server.url}/v2/repository/models/{NAME}/unload", timeout=PATIENCE)
    assert answer.status_code == 503
    assert "explicit model load and unload is off" in answer.json()["error"]
    assert ask(requests.Session(), server) == 2.0


def test_a_version_that_answers_otherwise_than_its_golden_vector_is_not_served(start_server, store, tandem, tmp_path):
    x = np.ones([1, 4], np.float32)
    np.save(tmp_path / "x.npy", x)
    tandem.succeed("store", "golden", NAME, "--store", store, "--input", tmp_path / "x.npy")
    np.savez(tmp_path / "wrong.npz", x=x, y=5 * x)
    assert "nothing was kept" in tandem.refuse("store", "golden", NAME, "--store", store, "--input", tmp_path / "wrong.npz")
    add(tandem, store, 3.0)
    np.savez(store / "golden" / f"{NAME}@2.npz", x=x, y=5 * x)
    (store / "rollouts").mkdir()
    (store / "rollouts" / f"{NAME}.yaml").write_text("schema: 1\nversions: {latest: 2}\naliases: {stable: 1}\n")
    server = start_server(store)
    rows = index_of(server)
    assert rows["1"]["state"] == "READY" and "self-test passed" in rows["1"]["reason"]
    assert rows["2"]["state"] == "UNAVAILABLE" and "differs from the golden vector by 2" in rows["2"]["reason"]
    assert ask(requests.Session(), server) == 2.0
    assert ask(requests.Session(), server, "stable") == 2.0


def test_a_shadow_is_compared_with_what_was_answered(start_server, store, tandem):
    add(tandem, store, 3.0)
    server = start_server(store, "--shadow", f"{NAME}=1:0.5")
    session = requests.Session()
    for _ in range(40):
        assert ask(session, server) == 3.0

    def shadow():
        return requests.get(f"{server.url}/api/shadows", timeout=PATIENCE).json()["shadows"][0]

    wait_for(lambda: shadow()["compared"] + shadow()["dropped"] >= 19)
    seen = shadow()
    assert seen["shadow_version"] == "1" and seen["share"] == 0.5
    assert seen["max_absolute"] == 1.0 and not seen["within"]
    assert seen["min_cosine"] == pytest.approx(1.0)
    assert seen["top1"] == 1.0
    page = requests.get(f"{server.url}/metrics", timeout=PATIENCE).text
    assert f'tandem_shadow_max_absolute_difference{{model="{NAME}",shadow_version="1",shadow_engine="onnxruntime"}} 1' in page


def test_canary_weights_share_requests_out(start_server, store, tandem):
    add(tandem, store, 3.0)
    (store / "rollouts").mkdir()
    (store / "rollouts" / f"{NAME}.yaml").write_text("schema: 1\nweights: {1: 9, 2: 1}\n")
    server = start_server(store)
    session = requests.Session()
    factors = [ask(session, server) for _ in range(100)]
    assert 8 <= factors.count(3.0) <= 12
    assert factors.count(2.0) == 100 - factors.count(3.0)
