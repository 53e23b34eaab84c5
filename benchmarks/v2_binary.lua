-- SPDX-License-Identifier: Apache-2.0
-- wrk: one float32[1,WIDTH] over the binary tensor extension, answered in binary. WIDTH from the environment, 64 by default.
-- MODEL, INPUT and OUTPUT name what is asked; the defaults are those of benchmarks/serve_echo.cpp.
local width = tonumber(os.getenv("WIDTH") or "64")
local model = os.getenv("MODEL") or "double"
local input = os.getenv("INPUT") or "x"
local output = os.getenv("OUTPUT") or "y"
local size = 4 * width
local json = string.format(
  '{"inputs":[{"name":"%s","shape":[1,%d],"datatype":"FP32","parameters":{"binary_data_size":%d}}],' ..
  '"outputs":[{"name":"%s","parameters":{"binary_data":true}}]}', input, width, size, output)

wrk.method = "POST"
wrk.path = "/v2/models/" .. model .. "/infer"
wrk.headers["Inference-Header-Content-Length"] = tostring(#json)
wrk.headers["Content-Type"] = "application/octet-stream"
wrk.body = json .. string.rep("\0\0\128\63", width)

