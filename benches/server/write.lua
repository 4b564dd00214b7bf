-- Writes: PUTs that change something each time. Connections take the frameworks
-- that IDS names in turn; `active` alternates and no description comes twice.
-- With BODY, a POST of that file to the path that wrk was given instead.
local threads, ids, body = 0, {}, nil

function setup(thread)
  threads = threads + 1
  thread:set("number", threads)
end

function init()
  for id in string.gmatch(os.getenv("IDS") or "", "%S+") do ids[#ids + 1] = id end
  local file = os.getenv("BODY")
  if file and file ~= "" then
    body = assert(io.open(file)):read("a")
  end
  count = 0
end

local headers = { ["Authorization"] = "Bearer " .. os.getenv("TOKEN"), ["Content-Type"] = "application/json" }

function request()
  if body then
    return wrk.format("POST", nil, headers, body)
  end
  count = count + 1
  local text = string.format('{"active":%s,"description":"%d.%d"}', count % 2 == 0 and "true" or "false", number, count)
  return wrk.format("PUT", "/frameworks/" .. ids[count % #ids + 1], headers, text)
end

function done(summary, latency)
  local errors = summary.errors
  io.write(string.format("FIGURES %d %d %d %d %d %d %d %d\n", summary.requests, summary.duration,
    latency:percentile(50), latency:percentile(99), errors.status,
    errors.connect + errors.read + errors.write, errors.timeout, summary.bytes))
end
