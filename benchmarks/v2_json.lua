-- SPDX-License-Identifier: Apache-2.0
-- wrk: one float32[1,WIDTH] as JSON numbers, 17 digits each as Python writes them; answered in JSON.
local width = tonumber(os.getenv("WIDTH") or "64")
local model = os.getenv("MODEL") or "double"
local input = os.getenv("INPUT") or "x"
local values = {}
for i = 1, width do values[i] = string.format("%.17g", (i * 0.6180339887) % 1) end

wrk.method = "POST"
wrk.path = "/v2/models/" .. model .. "/infer"
wrk.headers["Content-Type"] = "application/json"
wrk.body = string.format('{"inputs":[{"name":"%s","shape":[1,%d],"datatype":"FP32","data":[%s]}]}', input, width,
                         table.concat(values, ","))
