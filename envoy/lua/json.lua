-- Checks a JSON text against a message of the contract, as strictly as RFC 8259 and the
-- JSON form of protobuf allow. Envoy's transcoder lets unknown fields and duplicate keys
-- pass and describes mistakes by the C++ names of types; this runs before it.
--
-- What is no JSON at all ends the check. What is JSON of the wrong shape is a violation
-- { field path, problem }, and the check goes on, so that a person gets them all at once.

local DEEPEST = 32
local MOST_VIOLATIONS = 20

local byte, find, sub, format = string.byte, string.find, string.sub, string.format
local concat, floor, huge = table.concat, math.floor, math.huge

-- One check at a time: nothing here yields.
local text, pos, depth
local steps, level         -- the path to where we are: fields, numbers of a list, ['keys'];
                           -- false before the first of them
local violations
local read_value           -- forward

local function path(last)
  local parts = {}
  for index = 1, level do
    local step = steps[index]
    if not step then
      break
    elseif type(step) == "number" then
      parts[#parts + 1] = "[" .. step .. "]"
    elseif byte(step) == 91 then
      parts[#parts + 1] = step
    else
      parts[#parts + 1] = (#parts > 0 and "." or "") .. step
    end
  end
  if last then
    parts[#parts + 1] = (#parts > 0 and "." or "") .. last
  end
  return concat(parts)
end

local function violate(problem, last)
  if #violations < MOST_VIOLATIONS then
    violations[#violations + 1] = { path(last), problem }
  end
end

-- A text that is no JSON: says where, counted in characters that an editor counts.
local function malformed(problem, where)
  where = where or pos
  local line, start = 1, 1
  local index = find(text, "\n", 1, true)
  while index and index < where do
    line, start = line + 1, index + 1
    index = find(text, "\n", start, true)
  end
  error({ problem = problem, line = line, column = where - start + 1, field = path() }, 0)
end

local function skip_space()
  local b = byte(text, pos)
  while b == 32 or b == 10 or b == 13 or b == 9 do
    pos = pos + 1
    b = byte(text, pos)
  end
  return b
end

-- How many bytes the UTF-8 character at `at` has; 0 when it is none: cut short, longer
-- than needed, half of a surrogate pair, or beyond U+10FFFF.
local function utf8_length(s, at)
  local first, second = byte(s, at, at + 1)
  if first < 0x80 then
    return 1
  end
  if not second or first < 0xC2 or first > 0xF4 then
    return 0
  end
  local low, high = 0x80, 0xBF
  if first == 0xE0 then low = 0xA0
  elseif first == 0xED then high = 0x9F
  elseif first == 0xF0 then low = 0x90
  elseif first == 0xF4 then high = 0x8F end
  if second < low or second > high then
    return 0
  end
  local length = first < 0xE0 and 2 or first < 0xF0 and 3 or 4
  for index = at + 2, at + length - 1 do
    local b = byte(s, index)
    if not b or b < 0x80 or b > 0xBF then
      return 0
    end
  end
  return length
end

local function is_utf8(s)
  local at = find(s, "[\128-\255]")
  while at do
    local length = utf8_length(s, at)
    if length == 0 then
      return false
    end
    at = find(s, "[\128-\255]", at + length)
  end
  return true
end

local ESCAPES = {
  [34] = '"', [92] = "\\", [47] = "/", [98] = "\b", [102] = "\f", [110] = "\n", [114] = "\r",
  [116] = "\t",
}

local function utf8_of(code)
  if code < 0x80 then
    return string.char(code)
  elseif code < 0x800 then
    return string.char(0xC0 + floor(code / 64), 0x80 + code % 64)
  elseif code < 0x10000 then
    return string.char(0xE0 + floor(code / 4096), 0x80 + floor(code / 64) % 64, 0x80 + code % 64)
  end
  return string.char(
    0xF0 + floor(code / 262144), 0x80 + floor(code / 4096) % 64, 0x80 + floor(code / 64) % 64,
    0x80 + code % 64)
end

local function hex4(at)
  local digits = string.match(text, "^%x%x%x%x", at)
  if not digits then
    malformed("\\u must have four hexadecimal digits after it", at)
  end
  return tonumber(digits, 16)
end

-- Reads an escape; `at` is that of the backslash. Returns what it stands for, and where it ends.
local function read_escape(at)
  local letter = byte(text, at + 1)
  if letter ~= 117 then
    local plain = ESCAPES[letter]
    if not plain then
      malformed("a backslash has no such meaning", at)
    end
    return plain, at + 2
  end
  local code = hex4(at + 2)
  if code >= 0xDC00 and code <= 0xDFFF then
    malformed("half of a surrogate pair", at)
  end
  if code < 0xD800 or code > 0xDBFF then
    return utf8_of(code), at + 6
  end
  if sub(text, at + 6, at + 7) ~= "\\u" then
    malformed("half of a surrogate pair", at)
  end
  local low = hex4(at + 8)
  if low < 0xDC00 or low > 0xDFFF then
    malformed("half of a surrogate pair", at)
  end
  return utf8_of(0x10000 + (code - 0xD800) * 1024 + low - 0xDC00), at + 12
end

-- Reads the string whose opening quote is at `pos`; returns it decoded.
local function read_string()
  local from = pos + 1
  local stop = find(text, '["\\%z\1-\31\128-\255]', from)
  if stop and byte(text, stop) == 34 then
    pos = stop + 1
    return sub(text, from, stop - 1)
  end
  local opened, parts = pos, {}
  while true do
    if not stop then
      malformed("this string does not end", opened)
    end
    local b = byte(text, stop)
    if b == 34 then
      parts[#parts + 1] = sub(text, from, stop - 1)
      pos = stop + 1
      return concat(parts)
    elseif b == 92 then
      parts[#parts + 1] = sub(text, from, stop - 1)
      parts[#parts + 1], from = read_escape(stop)
      stop = find(text, '["\\%z\1-\31\128-\255]', from)
    elseif b < 32 then
      malformed("a control character must be escaped", stop)
    else
      local length = utf8_length(text, stop)
      if length == 0 then
        malformed("bytes that are not UTF-8", stop)
      end
      stop = find(text, '["\\%z\1-\31\128-\255]', stop + length)
    end
  end
end

-- Reads the number at `pos`; returns how it is written.
local function read_number()
  local from = pos
  local _, stop = find(text, "^-?%d+", pos)
  if not stop then
    malformed("expected a value")
  end
  if find(text, "^-?0%d", pos) then
    malformed("a number has no leading zero")
  end
  if byte(text, stop + 1) == 46 then
    _, stop = find(text, "^%d+", stop + 2)
    if not stop then
      malformed("a number has a digit after its point")
    end
  end
  if find(text, "^[eE]", stop + 1) then
    _, stop = find(text, "^[+-]?%d+", stop + 2)
    if not stop then
      malformed("a number has a digit in its exponent")
    end
  end
  pos = stop + 1
  return sub(text, from, stop)
end

local WORDS = { [116] = "true", [102] = "false", [110] = "null" }

local function read_word(first)
  local word = WORDS[first]
  if not word or sub(text, pos, pos + #word - 1) ~= word then
    malformed("expected a value")
  end
  pos = pos + #word
  return word
end

local function enter()
  depth = depth + 1
  if depth > DEEPEST then
    malformed("nested deeper than " .. DEEPEST .. " levels")
  end
  pos = pos + 1
end

local function leave()
  pos = pos + 1
  depth = depth - 1
end

-- Reads a name and its colon, up to the value. Returns the name, and where it stands.
local function read_name(b)
  if b ~= 34 then
    malformed(b and "expected a name in double quotes" or "the text ends too early")
  end
  local at = pos
  local name = read_string()
  if skip_space() ~= 58 then
    malformed("expected a colon")
  end
  pos = pos + 1
  skip_space()
  return name, at
end

-- Walk through the object at `pos`: both return the next name, with the value at `pos`, or
-- nil behind the last one.
local function first_name()
  enter()
  local b = skip_space()
  if b == 125 then
    return leave()
  end
  return read_name(b)
end

local function next_name()
  local b = skip_space()
  if b == 125 then
    return leave()
  elseif b ~= 44 then
    malformed(b and "expected a comma or a closing brace" or "the text ends too early")
  end
  pos = pos + 1
  return read_name(skip_space())
end

-- Walk through the list at `pos`: both return whether there is another element, at `pos`.
local function first_element()
  enter()
  if skip_space() == 93 then
    leave()
    return false
  end
  return true
end

local function next_element()
  local b = skip_space()
  if b == 93 then
    leave()
    return false
  elseif b ~= 44 then
    malformed(b and "expected a comma or a closing bracket" or "the text ends too early")
  end
  pos = pos + 1
  skip_space()
  return true
end

-- Reads any value at all, and keeps nothing of it.
local function skip_value()
  local b = byte(text, pos)
  if b == 34 then
    read_string()
  elseif b == 123 then
    local seen = {}
    local name, at = first_name()
    while name do
      if seen[name] then
        malformed("the same name twice in one object", at)
      end
      seen[name] = true
      skip_value()
      name, at = next_name()
    end
  elseif b == 91 then
    local more = first_element()
    while more do
      skip_value()
      more = next_element()
    end
  elseif b == 45 or (b and b >= 48 and b <= 57) then
    local at = pos
    local number = tonumber(read_number())
    if number == huge or number == -huge then
      malformed("a number too large for a double", at)
    end
  else
    if not b then
      malformed("the text ends too early")
    end
    read_word(b)
  end
end

local function wrong(problem)
  violate(problem)
  skip_value()
end

-- The rules of single values. Each takes how a value is written, and of integers whether
-- that was in quotes, and returns what is wrong with it, or nil. Query parameters go
-- through them too.

local WHOLE = "must be a whole number"
local LIMITS = {
  int32 = { "2147483647", "2147483648" },
  uint32 = { "4294967295", "0" },
  int64 = { "9223372036854775807", "9223372036854775808" },
  uint64 = { "18446744073709551615", "0" },
}

local function beyond(digits, limit)
  digits = string.gsub(digits, "^0+", "")
  if #digits ~= #limit then
    return #digits > #limit
  end
  return digits > limit
end

local function bad_integer(written, kind, quoted)
  local sign, digits = string.match(written, "^(-?)(%d+)$")
  if not digits then
    local number = not quoted and find(written, "^-?%d+%.?%d*[eE]?[+-]?%d*$") and tonumber(written)
    if not number or number ~= floor(number) then
      return WHOLE
    end
    if number > 9007199254740992 or number < -9007199254740992 then
      return "is out of range"
    end
    written = format("%.0f", number)
    sign, digits = string.match(written, "^(-?)(%d+)$")
  end
  if beyond(digits, LIMITS[kind][sign == "" and 1 or 2]) then
    return "is out of range"
  end
end

local function bad_float(written, largest)
  if written == "NaN" or written == "Infinity" or written == "-Infinity" then
    return nil
  end
  local number = find(written, "^-?%d+%.?%d*[eE]?[+-]?%d*$") and tonumber(written)
  if not number then
    return "must be a number"
  end
  if number > largest or number < -largest then
    return "is out of range"
  end
end

local DAYS = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 }

local function bad_timestamp(written)
  local year, month, day, hour, minute, second, rest = string.match(
    written, "^(%d%d%d%d)%-(%d%d)%-(%d%d)[Tt](%d%d):(%d%d):(%d%d)(.*)$")
  local zone = rest and string.match(rest, "^%.%d+(.*)$") or rest
  if not year or #rest - #zone > 10 then
    return "must be a time such as 2026-05-01T18:00:00Z"
  end
  local ahead_hours, ahead_minutes = string.match(zone, "^[+-](%d%d):(%d%d)$")
  if not (zone == "Z" or zone == "z" or ahead_hours) then
    return "must be a time with its zone, such as 2026-05-01T18:00:00Z"
  end
  year, month, day = tonumber(year), tonumber(month), tonumber(day)
  local leap = year % 4 == 0 and (year % 100 ~= 0 or year % 400 == 0)
  local days = (month == 2 and leap) and 29 or DAYS[month] or 0
  if year < 1 or day < 1 or day > days or tonumber(hour) > 23 or tonumber(minute) > 59
      or tonumber(second) > 59 or tonumber(ahead_hours or 0) > 23
      or tonumber(ahead_minutes or 0) > 59 then
    return "is a time that no calendar has"
  end
end

local function bad_duration(written)
  local seconds, fraction = string.match(written, "^-?(%d+)(%.?%d*)s$")
  if not seconds or fraction == "." or #fraction > 10 then
    return "must be a span such as 90s or 1.5s"
  end
  if beyond(seconds, "315576000000") then
    return "is out of range"
  end
end

local function bad_bytes(written)
  local digits = string.match(written, "^([%w+/_-]*)=?=?$")
  if not digits or #digits % 4 == 1 then
    return "must be bytes in base64"
  end
end

-- Whether the value may, must or must not be written in quotes.
local SCALARS = {
  string = { quoted = true, problem = "must be a string" },
  bytes = { quoted = true, problem = "must be a string", check = bad_bytes },
  timestamp = { quoted = true, problem = "must be a string", check = bad_timestamp },
  duration = { quoted = true, problem = "must be a string", check = bad_duration },
  field_mask = { quoted = true, problem = "must be a string" },
  double = { problem = "must be a number", check = function(w) return bad_float(w, 1.7976931348623157e308) end },
  float = { problem = "must be a number", check = function(w) return bad_float(w, 3.4028235677973366e38) end },
}
for kind in pairs(LIMITS) do
  SCALARS[kind] = { problem = WHOLE, check = function(w, quoted) return bad_integer(w, kind, quoted) end }
end

-- Of a query parameter: the transcoder, which knows no field, refuses numbers that stand for nothing.
local function bad_enum(field, written)
  local known = enums[field.type]
  local number = find(written, "^-?%d+$") and tonumber(written)
  if not known.names[written] and not (number and known.numbers[number]) then
    return "must be one of " .. known.shown
  end
end

local function read_scalar(field, given)
  local rule = SCALARS[field.kind]
  local b = byte(text, pos)
  local written
  local quoted = b == 34
  if quoted then
    written = read_string()
  elseif not rule.quoted and (b == 45 or (b and b >= 48 and b <= 57)) then
    written = read_number()
  else
    return wrong(rule.problem)
  end
  local problem = rule.check and rule.check(written, quoted)
  if problem then
    violate(problem)
  elseif given and given ~= written then
    violate("is given by the path, as " .. given)
  end
end

local function read_enum(field)
  local b = byte(text, pos)
  local problem
  if b == 34 then
    local name = read_string()
    if not enums[field.type].names[name] then
      problem = "must be one of " .. enums[field.type].shown
    end
  elseif b == 45 or (b and b >= 48 and b <= 57) then
    problem = bad_integer(read_number(), "int32")
  else
    return wrong("must be one of " .. enums[field.type].shown)
  end
  if problem then
    violate(problem)
  end
end

local function read_bool()
  local b = byte(text, pos)
  if b == 116 or b == 102 then
    read_word(b)
  else
    wrong("must be true or false")
  end
end

local function read_elements(field)
  if byte(text, pos) ~= 91 then
    return wrong("must be a list")
  end
  level = level + 1
  steps[level] = false
  local index, more = 0, first_element()
  while more do
    steps[level] = index
    read_value(field)
    index, more = index + 1, next_element()
  end
  level = level - 1
end

local function bad_key(kind, key)
  local rule = SCALARS[kind]
  if kind == "bool" then
    return key ~= "true" and key ~= "false" and "must be true or false"
  end
  return rule.check and rule.check(key, true)
end

local function read_entries(field)
  if byte(text, pos) ~= 123 then
    return wrong("must be an object")
  end
  local seen = {}
  level = level + 1
  steps[level] = false
  local key, at = first_name()
  while key do
    steps[level] = "['" .. key .. "']"
    if seen[key] then
      malformed("the same name twice in one object", at)
    end
    seen[key] = true
    local problem = bad_key(field.key, key)
    if problem then
      violate("has a key that " .. problem)
    end
    read_value(field)
    key, at = next_name()
  end
  level = level - 1
end

-- Reads one field of a message, null and all.
local function read_field(field, given)
  if byte(text, pos) == 110 and field.kind ~= "value" then
    read_word(110)
  elseif field.shape == "list" then
    read_elements(field)
  elseif field.shape == "map" then
    read_entries(field)
  else
    read_value(field, given)
  end
end

-- Reads an object as a message. `given` are the values that the path has for its fields.
local function read_message(known, given)
  if byte(text, pos) ~= 123 then
    return wrong("must be an object")
  end
  local by_key, seen, chosen = known.by_key, {}, nil
  local key, at = first_name()
  while key do
    local field = by_key[key]
    local name = field and field.name or key
    if seen[name] then
      malformed("the same field twice in one object", at)
    end
    seen[name] = true
    if not field then
      violate("is not a field of " .. known.message, key)
      skip_value()
    else
      level = level + 1
      steps[level] = name
      if field.oneof and byte(text, pos) ~= 110 then
        chosen = chosen or {}
        if chosen[field.oneof] then
          violate("cannot be given together with " .. chosen[field.oneof])
        end
        chosen[field.oneof] = name
      end
      read_field(field, given and given[name])
      level = level - 1
    end
    key, at = next_name()
  end
end

local READERS = {
  enum = read_enum,
  bool = read_bool,
  message = function(field, given) read_message(messages[field.type], given) end,
  value = skip_value,
  list_value = function()
    if byte(text, pos) ~= 91 then
      return wrong("must be a list")
    end
    skip_value()
  end,
  struct = function()
    if byte(text, pos) ~= 123 then
      return wrong("must be an object")
    end
    skip_value()
  end,
}

function read_value(field, given)
  local reader = READERS[field.kind] or read_scalar
  reader(field, given)
end

-- Checks `body` as the JSON form of `field` (kind, type, shape). `prefix` is where it
-- belongs in the request, `given` as in `read_message`. Returns the violations, and, when
-- the text is no JSON, { problem, line, column, field }.
local function check_json(body, field, prefix, given)
  text, pos, depth, steps, level, violations = body, 1, 0, {}, 0, {}
  if prefix ~= "" then
    steps[1], level = prefix, 1
  end
  local fine, fault = pcall(function()
    if not skip_space() then
      malformed("the text ends too early")
    end
    read_field(field, given)
    if skip_space() then
      malformed("something follows the end of the JSON text")
    end
  end)
  text = nil
  if not fine and type(fault) ~= "table" then
    error(fault, 0)
  end
  return violations, not fine and fault or nil
end

-- Checks one query parameter; `names` is its dotted name in parts. Returns the path and
-- the problem, or nil.
local function check_parameter(request, names, value, taken)
  local known, field = messages[request], nil
  local walked = {}
  for index, name in ipairs(names) do
    walked[index] = name
  end
  for index, name in ipairs(names) do
    field = known and known.by_key[name]
    if not field or (index == 1 and taken[field.name]) then
      return concat(walked, "."), "is not a query parameter of this method"
    end
    walked[index] = field.name
    known = field.kind == "message" and field.shape == "one" and messages[field.type] or nil
  end
  local where = concat(walked, ".")
  local rule = SCALARS[field.kind]
  if field.shape == "map" or not (rule or field.kind == "enum" or field.kind == "bool") then
    return where, "is not a query parameter of this method"
  end
  local problem
  if not is_utf8(value) then
    problem = "must be UTF-8"
  elseif field.kind == "enum" then
    problem = bad_enum(field, value)
  elseif field.kind == "bool" then
    problem = value ~= "true" and value ~= "false" and "must be true or false" or nil
  else
    problem = rule.check and rule.check(value, true)
  end
  return where, problem, field.shape ~= "list"
end
