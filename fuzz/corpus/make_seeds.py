#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Makes the first inputs of the fuzz targets npy, golden, image_decode, model_config, rollout_config, onnx_summary, onnx_reader,
python_message, store_documents, traceparent, access and client_answer. Needs NumPy, Pillow and onnx.

Files named finding_* are reproducers of bugs found by fuzzing; this script leaves them alone.
"""
import io
import json
import pathlib
import shutil
import struct
import sys

import numpy as np
from onnx import TensorProto, helper
from PIL import Image

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent


def put(target, name, data):
    (HERE / target).mkdir(exist_ok=True)
    (HERE / target / name).write_bytes(data)


def npy_seeds():
    fixtures = ROOT / "tests" / "data" / "npy"
    (HERE / "npy").mkdir(exist_ok=True)
    for name in ["f4", "f2_big", "c16_big", "bool", "fortran", "fortran_big", "scalar", "no_elements", "unicode",
                 "byte_strings", "object", "structure", "date", "version_2", "version_3"]:
        shutil.copy(fixtures / f"{name}.npy", HERE / "npy")


def saved(image, **options):
    out = io.BytesIO()
    image.save(out, **options)
    return out.getvalue()


def image_seeds():
    y, x = np.mgrid[0:9, 0:11]
    rgb = Image.fromarray(np.stack([x * 20, y * 25, (x + y) * 10], axis=-1).astype(np.uint8))
    alpha = rgb.convert("RGBA")
    alpha.putalpha(rgb.convert("L"))
    exif = Image.Exif()
    exif[0x0112] = 6
    images = {
        "rgb.png": saved(rgb, format="PNG"),
        "gray.png": saved(rgb.convert("L"), format="PNG"),
        "rgba.png": saved(alpha, format="PNG"),
        "gray_alpha.png": saved(alpha.convert("LA"), format="PNG"),
        "palette.png": saved(rgb.quantize(5), format="PNG", transparency=1),
        "one_bit.png": saved(rgb.convert("1"), format="PNG"),
        "sixteen_bit.png": saved(Image.fromarray((x * 5000).astype(np.uint16)), format="PNG"),
        "rgb.jpg": saved(rgb, format="JPEG"),
        "gray.jpg": saved(rgb.convert("L"), format="JPEG"),
        "progressive.jpg": saved(rgb, format="JPEG", progressive=True),
        "turned.jpg": saved(rgb, format="JPEG", exif=exif),
        "cmyk.jpg": saved(rgb.convert("CMYK"), format="JPEG"),
        "foreign.gif": saved(rgb, format="GIF"),
    }
    for name, data in images.items():
        put("image_decode", name, data)


def config_seeds():
    for path in sorted((ROOT / "models" / "configs").glob("*.yaml")):
        put("model_config", path.name, path.read_bytes())
    texts = {
        "alias_bomb.yaml": "a: &a [x, x]\nb: &b [*a, *a]\nc: [*b, *b]\n",
        "deep.yaml": "schema: " + "[" * 40 + "]" * 40 + "\n",
        "flow.yaml": "{schema: 1, task: t, inputs: [{name: x, image: {width: 1, height: 1, std: [2, 2, 2]}}]}\n",
        "schedule.yaml": "{schema: 1, task: t, schedule: {instances: 2, threads: 3, preferred_batch_sizes: [4, 8], "
        "max_queue_delay_us: 500, priority_levels: 3, default_priority: 2, max_queued_requests: 10, "
        "max_queued_bytes: 1000, default_timeout_us: 70}}\n",
        "schedule_wrong.yaml": "{schema: 1, task: t, schedule: {instances: 99999999999999999999, "
        "preferred_batch_sizes: [8, 4], default_priority: 1}}\n",
        "two_documents.yaml": "schema: 1\ntask: t\n---\nschema: 1\n",
        "tag.yaml": "schema: !!int 1\ntask: t\n",
        "quoted.yaml": 'schema: "1"\ntask: \'a\'\nlabels: |\n  text\n',
    }
    for name, text in texts.items():
        put("model_config", name, text.encode())


def rollout_seeds():
    texts = {
        "all_keys.yaml": "schema: 1\nversions: {latest: 2}\naliases: {stable: 1, canary: 2}\n"
                         "weights: {stable: 95, canary: 5}\nshadow: {version: canary, share: 0.1}\n",
        "listed.yaml": "schema: 1\nversions: [1, 3]\nshadow: {engine: openvino, share: 1}\n",
        "all.yaml": "schema: 1\nversions: all\n",
        "zero.yaml": "schema: 1\nweights: {1: 0}\n",
        "number_alias.yaml": "schema: 1\naliases: {'7': 1}\n",
        "shadow_flag": "2:0.1",
    }
    for name, text in texts.items():
        put("rollout_config", name, text.encode())


def golden_seeds():
    x, y = np.zeros([1, 2], np.float32), np.ones([1, 3], np.float32)
    for name, arrays in {"plain": {"input": x, "output": y},
                         "tolerance": {"input": x, "output": y, "__tolerance__": np.float64(0.5)},
                         "foreign": {"input": x, "other": y}, "no_output": {"input": x}}.items():
        out = io.BytesIO()
        np.savez(out, **arrays)
        put("golden", f"{name}.npz", out.getvalue())


def attributes_model():
    """A node with an attribute of every kind, and weights in the typed fields."""
    value = helper.make_tensor_value_info("x", TensorProto.FLOAT, [2])
    node = helper.make_node("Any", ["x"], ["y"], domain="test", f=1.5, i=-3, s="text", fs=[1.0, 2.0], ints=[1, -1],
                            ss=["a", "b"], t=helper.make_tensor("t", TensorProto.INT8, [3], [1, -2, 3]))
    weights = [helper.make_tensor(f"w{kind}", kind, [2], [1, 2]) for kind in
               (TensorProto.FLOAT, TensorProto.DOUBLE, TensorProto.INT64, TensorProto.UINT64, TensorProto.FLOAT16,
                TensorProto.BOOL, TensorProto.COMPLEX64)]
    weights.append(helper.make_tensor("words", TensorProto.STRING, [2], [b"a", b"b"]))
    graph = helper.make_graph([node], "net", [value], [helper.make_tensor_value_info("y", TensorProto.FLOAT, [2])],
                              weights)
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17), helper.make_opsetid("test", 1)])


def onnx_seeds():
    value = helper.make_tensor_value_info("x", TensorProto.FLOAT, ["batch", 2])
    truth = helper.make_tensor_value_info("c", TensorProto.BOOL, [])
    result = helper.make_tensor_value_info("y", TensorProto.FLOAT, None)
    weight = helper.make_tensor("w", TensorProto.FLOAT, [2, 2], np.arange(4.0))
    branch = helper.make_graph([helper.make_node("MatMul", ["x", "w"], ["z"])], "branch", [],
                               [helper.make_tensor_value_info("z", TensorProto.FLOAT, None)], [weight])
    graph = helper.make_graph([helper.make_node("If", ["c"], ["y"], then_branch=branch, else_branch=branch)], "net",
                              [value, truth], [result])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], producer_name="pen")
    helper.set_model_props(model, {"key": "value"})
    put("onnx_summary", "subgraphs", model.SerializeToString())
    put("onnx_summary", "cut_off", model.SerializeToString()[:-20])
    tensor = helper.make_tensor("v", TensorProto.INT8, [3], [1, 2, 3])
    tensor.dims[0] = -1
    huge = helper.make_graph([], "g", [value], [value], [tensor])
    put("onnx_summary", "negative_dimension", helper.make_model(huge).SerializeToString())
    put("onnx_summary", "empty", b"")
    for name in ["subgraphs", "cut_off", "negative_dimension"]:
        (HERE / "onnx_reader").mkdir(exist_ok=True)
        shutil.copy(HERE / "onnx_summary" / name, HERE / "onnx_reader")
    put("onnx_reader", "attributes", attributes_model().SerializeToString())


def worker_seeds():
    sys.path.insert(0, str(ROOT / "python"))
    from tandem_worker import TensorSpec, wire

    specs = [TensorSpec("x", "float32", ("batch", 3)), TensorSpec("m", "bool", (), True)]
    arrays = [np.zeros((2, 3), np.float32), np.zeros((), np.int64)]
    bodies = {
        "ready": (wire.READY, wire.encode_ready("Python 3", "cpu", "Model", "about", specs, specs, [("preprocess", 2)])),
        "value": (wire.VALUE, wire.encode_value(arrays, [0, 64], '{"array": 0}')),
        "result": (wire.RESULT, wire.encode_result(arrays, [0, 64])),
        "need_memory": (wire.NEED_MEMORY, wire.encode_need_memory(1 << 40)),
        "failed": (wire.FAILED, wire.encode_failed(13, "KeyError: 7")),
        "many_results": (wire.RESULT, b"\xff" * 16),
    }
    for name, (kind, body) in bodies.items():
        put("python_message", name, struct.pack("<IHH", len(body), kind, 0) + body)


def store_seeds():
    for path in sorted((ROOT / "models" / "metadata").glob("*.json")):
        put("store_documents", path.name, path.read_bytes())
    name, digest = "a_b_c_20260101", "0123456789abcdef" * 4
    line = {"time": "2026-01-01T00:00:00.000Z", "action": "add", "name": name, "revision": 2,
            "versions": [{"version": 2, "sha256": digest}]}
    version = {"created": "2026-01-01T00:00:00.000Z", "weights": {"sha256": digest, "bytes": 107194},
               "metadata": {"sha256": digest, "bytes": 2000}, "config": None}
    record = {"schema": 1, "name": name, "revision": 2, "next_version": 3,
              "versions": [{"version": 1, **version}, {"version": 2, **version}], "pending": line}
    documents = {"record": record, "log_line": {**line, "previous": "0" * 64},
                 "path_for_a_hash": {**record, "versions": [{"version": 1, **version, "weights": "../../x"}]},
                 "odd_types": {"accuracy": {"dice": 1e308, "count": -1, "a": {"mae": True}}, "inference": [],
                               "size": {"weights_bytes": "many"}, "files": {"onnx_sha256": None}}}
    for file, document in documents.items():
        put("store_documents", file, json.dumps(document).encode())
    put("store_documents", "deep", b'{"accuracy": ' + b"[" * 40)


def client_seeds():
    document = {"name": "m", "platform": "onnx", "inputs": [{"name": "x", "datatype": "FP32", "shape": [-1, 3]}],
                "outputs": [{"name": "y", "datatype": "INT64", "shape": [2]}]}
    for name, status, body in (("metadata", "200 OK", json.dumps(document)), ("error", "400 Bad", '{"error":"wrong"}')):
        put("client_answer", name, f"HTTP/1.1 {status}\r\nContent-Length: {len(body)}\r\n\r\n{body}".encode())
    put("client_answer", "chunked", b"HTTP/1.1 503 Busy\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n"
                                    b"3\r\nabc\r\nA;x=1\r\n0123456789\r\n0\r\nTrailer: x\r\n\r\n")

    def field(number, content):
        return bytes([number << 3 | 2, len(content)]) + content

    packed = b"\xff" * 9 + b"\x01\x03"
    put("client_answer", "grpc", field(1, b"m") + field(3, b"onnx")
        + field(4, field(1, b"x") + field(2, b"FP32") + field(3, packed))
        + field(5, field(1, b"y") + field(2, b"BOOL") + b"\x18\x04"))


def serve_seeds():
    trace, span = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"
    for name, header in {"example": f"00-{trace}-{span}-01", "later_version": f"01-{trace}-{span}-01-more",
                         "upper_case": f"00-{trace.upper()}-{span}-01", "zeros": f"00-{'0' * 32}-{span}-00",
                         "version_ff": f"ff-{trace}-{span}-01", "short": "00-4bf9", "too_long": f"00-{trace}-{span}-01-x",
                         "other_flags": f"00-{trace}-{span}-fe"}.items():
        put("traceparent", name, header.encode())
    digest = "0123456789abcdef" * 4
    files = {"keys": f"# ward 3\n\nward infer {digest}\nboss\tadmin {digest[::-1]}\r\n", "same_name": f"a read {digest}\n" * 2,
             "no_hash": "a read", "four_words": f"a read {digest} b", "no_role": f"a root {digest}", "empty": ""}
    for name, text in files.items():
        put("access", f"file_{name}", b"\x00" + text.encode())
    paths = ["/v2/models/m/infer", "/v2/repository/models/m/load", "/v2/health/ready", "/inference/", "//", "", "/**",
             "/inference.GRPCInferenceService/ModelInfer", "/api/workbench/jobs/1/cancel", "/v2/models/m/versions/1/infer/x"]
    for number, path in enumerate(paths):
        put("access", f"path_{number}", b"\x01" + path.encode())


if __name__ == "__main__":
    client_seeds()
    serve_seeds()
    store_seeds()
    npy_seeds()
    image_seeds()
    config_seeds()
    rollout_seeds()
    golden_seeds()
    onnx_seeds()
    worker_seeds()
