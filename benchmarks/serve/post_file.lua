-- SPDX-License-Identifier: Apache-2.0
-- wrk: posts the file BODY to URL_PATH with the header lines in HEADERS ("name: value", one a line).
local file = assert(io.open(os.getenv("BODY"), "rb"))
wrk.method = "POST"
wrk.path = os.getenv("URL_PATH")
wrk.body = file:read("*a")
file:close()
for name, value in os.getenv("HEADERS"):gmatch("([^\n:]+): ([^\n]*)") do wrk.headers[name] = value end
