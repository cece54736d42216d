-- What the contract says of a JSON request: filled at load by the lines that the renderer
-- makes out of the descriptors. Knows nothing of Envoy.

local messages = {}  -- full name -> { message = full name, by_key = { JSON or proto name -> field } }
local enums = {}     -- full name -> { names = set, numbers = set, shown = text for a person }
local root = { literal = {} }
local verbs = {}     -- the custom verbs there are, such as `publish`
local prefixes = {}  -- the first segments of all paths

-- Declares a message. Each field is { proto name, JSON name, kind, type, shape, oneof }:
-- kind is how one value is read (json.lua), type names the message or the enum, shape is
-- "one", "list" or "map".
local function message(name, fields)
  local known = { message = name, by_key = {} }
  for _, declared in ipairs(fields) do
    local field = {
      name = declared[1], kind = declared[3], type = declared[4], shape = declared[5],
      oneof = declared[6], key = declared[7],
    }
    known.by_key[declared[1]] = field
    known.by_key[declared[2]] = field
  end
  messages[name] = known
end

local function enum(name, values, numbers)
  local known = { names = {}, numbers = {}, shown = table.concat(values, ", ") }
  for _, value in ipairs(values) do
    known.names[value] = true
  end
  for _, number in ipairs(numbers) do
    known.numbers[number] = true
  end
  enums[name] = known
end

-- Declares one HTTP binding of a method.
--   segments  of the path, "*" for any one, "**" for the rest
--   verb      after the colon, or ""
--   method    request  full name of its type
--             body     which field is the body; "" for none, "*" for all the rest
--             raw      whether the body is taken as bytes
--             lenient  whether the address may have parameters that nobody knows
--             bound    the fields that the path gives: { field, first segment, last }
--             taken    the fields that no query parameter may give
local function binding(http, segments, verb, method)
  local node = root
  for _, segment in ipairs(segments) do
    local below = node.literal[segment]
    if not below then
      below = { literal = {} }
      node.literal[segment] = below
    end
    node = below
  end
  node.methods = node.methods or {}
  node.methods[verb] = node.methods[verb] or {}
  node.methods[verb][http] = method
  prefixes[segments[1]] = true
  if verb ~= "" then
    verbs[verb] = true
  end
end

-- The methods at a node that have the verb, by HTTP method.
local function at(node, verb)
  return node.methods and node.methods[verb]
end

-- Literal segments go before "*", and that before "**", as in Envoy's own matcher.
local function descend(node, segments, index, verb, http)
  if index > #segments then
    local methods = at(node, verb)
    return methods and (http == nil or methods[http]) and methods or nil
  end
  for _, segment in ipairs({ segments[index], "*" }) do
    local below = node.literal[segment]
    if below and segments[index] ~= "" then
      local found = descend(below, segments, index + 1, verb, http)
      if found then
        return found
      end
    end
  end
  local rest = node.literal["**"]
  local methods = rest and at(rest, verb)
  return methods and (http == nil or methods[http]) and methods or nil
end

-- Finds who answers a path without its query. Returns the method and the segments of the
-- path; or nil and, when other HTTP methods would be answered, their names.
local function resolve(http, path)
  local segments = {}
  for segment in string.gmatch(path .. "/", "([^/]*)/") do
    segments[#segments + 1] = segment
  end
  table.remove(segments, 1)
  local verb = ""
  local stem, custom = string.match(segments[#segments] or "", "^(.*):([^:]*)$")
  if custom and verbs[custom] then
    segments[#segments], verb = stem, custom
  end
  local methods = descend(root, segments, 1, verb, http)
  if methods then
    return methods[http], segments
  end
  local others = descend(root, segments, 1, verb, nil)
  if not others then
    return nil, nil
  end
  local names = {}
  for name in pairs(others) do
    names[#names + 1] = name
  end
  table.sort(names)
  return nil, table.concat(names, ", ")
end
