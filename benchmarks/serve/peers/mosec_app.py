# SPDX-License-Identifier: Apache-2.0
"""An ONNX model behind mosec, as its documentation shows it; settings come from the environment (contenders.py)."""

import os

import msgspec
import numpy as np
import onnxruntime
from mosec import Server, Worker

ENV = os.environ
BATCH = int(ENV["BATCH"])
SHAPE = [int(size) for size in ENV["SHAPE"].split(",")]
DTYPE = np.dtype(ENV["DTYPE"])
Numbers = msgspec.defstruct("Numbers", [("x", list[float] if DTYPE.kind == "f" else list[int])])
DECODER = msgspec.json.Decoder(Numbers)
ENCODER = msgspec.json.Encoder()


class Model(Worker):
    def __init__(self):
        super().__init__()
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = int(ENV["THREADS"])
        self.session = onnxruntime.InferenceSession(ENV["MODEL"], options, providers=["CPUExecutionProvider"])

    def run(self, x):
        return self.session.run(None, {"x": x})[0]

    def forward(self, data):
        return self.run(data) if BATCH == 1 else list(self.run(np.concatenate(data)))


class BinaryModel(Model):
    resp_mime_type = "application/octet-stream"

    def deserialize(self, data):
        return np.frombuffer(data, DTYPE).reshape(SHAPE)

    def serialize(self, data):
        return data.tobytes()


class JsonModel(Model):
    def deserialize(self, data):
        return np.array(DECODER.decode(data).x, DTYPE).reshape(SHAPE)

    def serialize(self, data):
        return ENCODER.encode({"y": data.ravel().tolist()})


if __name__ == "__main__":
    server = Server()
    worker = BinaryModel if ENV["FORM"] == "binary" else JsonModel
    server.append_worker(worker, num=int(ENV["WORKERS"]), max_batch_size=BATCH, max_wait_time=1 if BATCH > 1 else 0)
    server.run()
