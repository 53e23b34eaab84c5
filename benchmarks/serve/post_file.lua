-- SPDX-License-Identifier: Apache-2.0
-- wrk: posts the file BODY to URL_PATH with the header lines in HEADERS ("name: value", one a line).
local file = assert(io.open(os.getenv("BODY"), "rb"))
wrk.method = "POST"
wrk.path = os.getenv("URL_PATH")
wrk.body = file:read("*a")
file:close()
for name, value in os.getenv("HEADERS"):gmatch("([^\n:]+): ([^\n]*)") do wrk.headers[name] = value end

-- With COUNT_FROM and COUNT_UNTIL, seconds of CLOCK_MONOTONIC: prints how many answers came between them.
local from, till = tonumber(os.getenv("COUNT_FROM")), tonumber(os.getenv("COUNT_UNTIL"))
if from and till then
  local CLOCK_MONOTONIC = 1
  local ffi = require("ffi")
  ffi.cdef("struct moment { long seconds, nanoseconds; }; int clock_gettime(int clock, struct moment *now);")
  local moment, threads = ffi.new("struct moment"), {}
  counted = 0  -- global: each thread has its own, which `done` reads

  function setup(thread) table.insert(threads, thread) end

  function response()
    ffi.C.clock_gettime(CLOCK_MONOTONIC, moment)
    local now = tonumber(moment.seconds) + tonumber(moment.nanoseconds) / 1e9
    if from <= now and now < till then counted = counted + 1 end
  end

  function done()
    local sum = 0
    for _, thread in ipairs(threads) do sum = sum + thread:get("counted") end
    print("counted: " .. sum)
  end
end
