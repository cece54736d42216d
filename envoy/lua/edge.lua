-- Meets every request of the public listener, before anything is transcoded: takes tokens
-- out of addresses, gives a request its trace, and refuses JSON that is not what the
-- contract says. What Envoy itself can do is left to Envoy.
--
-- REFUSALS stands above this, rendered: see token.lua.

local DOMAIN = "edge.turnout.app"
local ANSWERED = "turnout.edge"   -- namespace of the metadata that marks our own replies
local CHARACTER = { ['"'] = '\\"', ["\\"] = "\\\\", ["\n"] = "\\n", ["\r"] = "\\r", ["\t"] = "\\t" }

local function quote(s)
  if not is_utf8(s) then
    s = string.gsub(s, "[\128-\255]", "?")
  end
  s = string.gsub(s, '[%z\1-\31"\\\127]', function(c)
    return CHARACTER[c] or string.format("\\u%04x", string.byte(c))
  end)
  return '"' .. s .. '"'
end

-- Clips a text at a character, so that an answer stays small whatever was sent.
local function clip(s, most)
  if #s <= most then
    return s
  end
  return (string.gsub(string.sub(s, 1, most), "[\192-\255][\128-\191]*$", "")) .. "..."
end

-- The answer to a request that is not gRPC: google.rpc.Status as JSON.
--   metadata    of the ErrorInfo: list of { key, value }
--   violations  list of { field path, problem }, or nil
local function status_json(code, message, reason, metadata, found)
  local pairs_of = {}
  for index, entry in ipairs(metadata) do
    pairs_of[index] = quote(entry[1]) .. ":" .. quote(clip(entry[2], 200))
  end
  local details = '{"@type":"type.googleapis.com/google.rpc.ErrorInfo","reason":' .. quote(reason)
    .. ',"domain":"' .. DOMAIN .. '","metadata":{' .. table.concat(pairs_of, ",") .. "}}"
  if found then
    local rows = {}
    for index, row in ipairs(found) do
      rows[index] = '{"field":' .. quote(clip(row[1], 200)) .. ',"description":'
        .. quote(clip(row[2], 500)) .. "}"
    end
    details = details .. ',{"@type":"type.googleapis.com/google.rpc.BadRequest","fieldViolations":['
      .. table.concat(rows, ",") .. "]}"
  end
  return '{"code":' .. code .. ',"message":' .. quote(clip(message, 500)) .. ',"details":[' .. details
    .. "]}"
end

local function answer(handle, http, code, body, headers)
  handle:streamInfo():dynamicMetadata():set(ANSWERED, "code", code)
  headers = headers or {}
  headers[":status"] = tostring(http)
  headers["content-type"] = "application/json"
  handle:respond(headers, body)
end

-- Refuses with what is wrong in which field, as the services do for what they check.
local function refuse_fields(handle, found)
  local field, problem, more = found[1][1], found[1][2], #found - 1
  local message = field .. " " .. problem .. (more > 0 and ", and " .. more .. " more" or "")
  local metadata = { { "field", field }, { "problem", problem }, { "more", tostring(more) } }
  answer(handle, 400, 3, status_json(3, message, "INVALID_FIELDS", metadata, found))
end

local function refuse_json(handle, fault)
  local message = "malformed JSON at line " .. fault.line .. ", column " .. fault.column .. ": "
    .. fault.problem
  local metadata = {
    { "problem", fault.problem }, { "line", tostring(fault.line) }, { "column", tostring(fault.column) },
  }
  local found = { { fault.field, "malformed JSON: " .. fault.problem } }
  answer(handle, 400, 3, status_json(3, message, "MALFORMED_JSON", metadata, found))
end

-- Undoes percent-encoding. Nil when a percent sign has no two digits after it.
local function decode(s, plus)
  if plus then
    s = string.gsub(s, "+", " ")
  end
  if not string.find(s, "%", 1, true) then
    return s
  end
  if string.find(string.gsub(s, "%%%x%x", ""), "%", 1, true) then
    return nil
  end
  return (string.gsub(s, "%%(%x%x)", function(hex) return string.char(tonumber(hex, 16)) end))
end

local function parameters(query)
  local list = {}
  for part in string.gmatch(query or "", "[^&]+") do
    local name, value = string.match(part, "^([^=]*)=?(.*)$")
    list[#list + 1] = { name = name, value = value, written = part }
  end
  return list
end

-- An EventSource sends no headers of its own, so a stream may carry its token in the
-- address. It goes into the header where it belongs, and is gone from the address before
-- that is matched, forwarded or logged.
local CARRIERS = { access_token = "Bearer ", link = "Link " }

local function rewrite(headers, path, kept)
  local written = {}
  for index, parameter in ipairs(kept) do
    written[index] = parameter.written
  end
  headers:replace(":path", path .. (#kept > 0 and "?" .. table.concat(written, "&") or ""))
end

local function unveil(headers, path, given)
  local kept, token = {}, nil
  for _, parameter in ipairs(given) do
    local scheme = CARRIERS[parameter.name]
    if scheme then
      token = token or scheme .. (decode(parameter.value) or "")
    else
      kept[#kept + 1] = parameter
    end
  end
  if not token then
    return given
  end
  rewrite(headers, path, kept)
  if not headers:get("authorization") and not string.find(token, "[%z\1-\31\127]") then
    headers:replace("authorization", token)
  end
  return kept
end

-- Where parameters that nobody knows may stand, those go that would override what the path
-- or the body says: to the transcoder a parameter is as good as a path.
local function disarm(headers, path, method, given)
  local known, kept = messages[method.request], {}
  for _, parameter in ipairs(given) do
    local first = string.match(decode(parameter.name, true) or "", "^[^.]*")
    local field = known.by_key[first]
    if not (field and method.taken[field.name]) then
      kept[#kept + 1] = parameter
    end
  end
  if #kept < #given then
    rewrite(headers, path, kept)
  end
end

-- The values that the path has for fields of the request: full name of the field -> value.
-- Adds to `found` those that are no text.
local function given_by_path(method, segments, found)
  local given = {}
  for _, bound in ipairs(method.bound) do
    local value = table.concat(segments, "/", bound[2], math.min(bound[3], #segments))
    local decoded = decode(value)
    if not decoded or not is_utf8(decoded) then
      found[#found + 1] = { bound[1], "must be percent-encoded UTF-8" }
    elseif decoded == value then
      given[bound[1]] = value
    end
  end
  return given
end

local function check_query(method, given, found)
  local seen = {}
  for _, parameter in ipairs(given) do
    local names, name = {}, decode(parameter.name, true)
    local value = decode(parameter.value, true)
    for part in string.gmatch((name or parameter.name) .. ".", "([^.]*)%.") do
      names[#names + 1] = part
    end
    local where, problem, single
    if not name or not value then
      where, problem = parameter.name, "must be percent-encoded"
    elseif method.body == "*" then
      where, problem = name, "is not a query parameter of this method"
    else
      where, problem, single = check_parameter(method.request, names, value, method.taken)
      if not problem and single and seen[where] then
        problem = "is given twice"
      end
      seen[where] = true
    end
    if problem then
      found[#found + 1] = { where, problem }
    end
  end
end

local function check_body(handle, method, given, found)
  local body = handle:body()
  local length = body and body:length() or 0
  if length == 0 then
    return nil
  end
  if method.body == "" then
    found[#found + 1] = { "body", "must be empty for this method" }
    return nil
  end
  local field, prefix = messages[method.request].by_key[method.body], method.body
  if method.body == "*" then
    field, prefix = { kind = "message", shape = "one", type = method.request }, ""
  end
  local own = {}
  for name, value in pairs(given) do
    if prefix == "" then
      own[name] = value
    elseif string.sub(name, 1, #prefix + 1) == prefix .. "." then
      own[string.sub(name, #prefix + 2)] = value
    end
  end
  local violated, fault = check_json(body:getBytes(0, length), field, prefix, own)
  for _, violation in ipairs(violated) do
    found[#found + 1] = violation
  end
  return fault
end

local function check_rest(handle, headers, http, path, query)
  local method, segments = resolve(http, path)
  if not method then
    local others = segments
    if others then
      local message = "this path answers " .. others .. " only"
      local body = status_json(12, message, "METHOD_NOT_ALLOWED", { { "allow", others } })
      return answer(handle, 405, 12, body, { allow = others })
    end
    return answer(handle, 404, 5, status_json(5, "there is no such path", "NO_SUCH_PATH", {}))
  end
  local given = parameters(query)
  if http == "GET" and string.find(headers:get("accept") or "", "text/event-stream", 1, true) then
    given = unveil(headers, path, given)
  end
  local found = {}
  local own = given_by_path(method, segments, found)
  if method.lenient then
    disarm(headers, path, method, given)
  else
    check_query(method, given, found)
  end
  if not method.raw then
    local encoding = headers:get("content-encoding")
    if encoding and encoding ~= "identity" then
      local body = status_json(3, "a body must come as it is, without content-encoding",
        "UNSUPPORTED_ENCODING", { { "encoding", encoding } })
      return answer(handle, 415, 3, body)
    end
    local fault = check_body(handle, method, own, found)
    if fault then
      return refuse_json(handle, fault)
    end
  end
  if #found > 0 then
    refuse_fields(handle, found)
  end
end

-- A request without a trace begins one, named after the request's id so that the id in an
-- answer leads to it.
local function begin_trace(headers)
  local trace = headers:get("traceparent")
  if trace and string.find(trace, "^%x%x%-%x+%-%x+%-%x%x") then
    return
  end
  local id = string.gsub(headers:get("x-request-id") or "", "-", "")
  if #id == 32 then
    headers:replace("traceparent", "00-" .. id .. "-" .. string.sub(id, 17) .. "-01")
  end
end

local function is_grpc(headers)
  return string.sub(headers:get("content-type") or "", 1, 16) == "application/grpc"
end

-- Service tokens are for the mesh. Nobody outside has one, so one from outside is stolen or made up.
local function refuse_service(handle, headers)
  local said = REFUSALS.service
  if is_grpc(headers) then
    local details = { [":status"] = "401", ["grpc-status-details-bin"] = said.details }
    return handle:respond(details, said.message)
  end
  answer(handle, 401, 16, said.json)
end

function envoy_on_request(handle)
  local headers = handle:headers()
  begin_trace(headers)
  local authorization = headers:get("authorization")
  if authorization and string.find(authorization, "^%s*[Ss][Ee][Rr][Vv][Ii][Cc][Ee]%f[%s%z]") then
    return refuse_service(handle, headers)
  end
  if is_grpc(headers) then
    return
  end
  local path, query = string.match(headers:get(":path"), "^([^?]*)%??(.*)$")
  if prefixes[string.match(path, "^/([^/]*)")] then
    check_rest(handle, headers, headers:get(":method"), path, query)
  end
end

-- Puts aside what belongs to a 304 as well, from an answer that is about to become one.
function envoy_on_response(handle)
  local headers = handle:headers()
  if headers:get("x-turnout-not-modified") then
    local metadata = handle:streamInfo():dynamicMetadata()
    for _, name in ipairs({ "etag", "cache-control" }) do
      metadata:set("turnout.kept", name, headers:get(name) or "")
    end
  end
end
