-- One connection of wrk is one buyer, who orders again and again; prints what each got.
local threads = {}

function setup(thread)
  thread:set("number", #threads)
  table.insert(threads, thread)
end

function init(args)
  prefix, tries, sold = args[1] .. "-" .. number .. "-", 0, 0
end

function request()
  tries = tries + 1
  return wrk.format("POST", nil, { ["Idempotency-Key"] = prefix .. tries, ["Content-Type"] = "application/json" }, "{}")
end

function response(status)
  if status == 201 then sold = sold + 1 end
end

function done(summary, latency)
  local counts = {}
  for _, thread in ipairs(threads) do table.insert(counts, thread:get("sold")) end
  print("sold " .. table.concat(counts, " "))
end
