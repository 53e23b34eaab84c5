# SPDX-License-Identifier: Apache-2.0
"""An ONNX model behind FastAPI, as people write it by hand; settings come from the environment (contenders.py)."""

import os

import numpy as np
import onnxruntime
import orjson
from fastapi import FastAPI, Request, Response
from fastapi.concurrency import run_in_threadpool

ENV = os.environ
SHAPE = [int(size) for size in ENV["SHAPE"].split(",")]
DTYPE = np.dtype(ENV["DTYPE"])
INLINE = ENV["PLACE"] == "loop"

options = onnxruntime.SessionOptions()
options.intra_op_num_threads = int(ENV["THREADS"])
session = onnxruntime.InferenceSession(ENV["MODEL"], options, providers=["CPUExecutionProvider"])
app = FastAPI()


def predict_binary(body: bytes) -> Response:
    x = np.frombuffer(body, DTYPE).reshape(SHAPE)
    return Response(session.run(None, {"x": x})[0].tobytes(), media_type="application/octet-stream")


def predict_json(body: bytes) -> Response:
    x = np.array(orjson.loads(body)["x"], DTYPE).reshape(SHAPE)
    answer = {"y": session.run(None, {"x": x})[0].ravel()}
    return Response(orjson.dumps(answer, option=orjson.OPT_SERIALIZE_NUMPY), media_type="application/json")


predict = predict_binary if ENV["FORM"] == "binary" else predict_json


@app.post("/inference")
async def inference(request: Request) -> Response:
    body = await request.body()
    return predict(body) if INLINE else await run_in_threadpool(predict, body)
