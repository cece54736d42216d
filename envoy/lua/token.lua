-- Runs behind the JWT filter, which lets a bad token pass and notes why: here the caller
-- is told.
--
-- REFUSALS stands above this, rendered: why -> { message, json, details }; the latter two
-- are the same google.rpc.Status for REST and for gRPC.

-- What is noted and may be no fault of the caller: there was no token, or its key is not
-- known here, or not yet. Services ask for keys that they do not know, and decide.
local LET_PASS = {
  ["Jwt is missing"] = true,
  ["Jwks remote fetch is failed"] = true,
  ["Jwks doesn't have key to match kid or alg from Jwt"] = true,
}
local EXPIRED = "Jwt is expired"

local function refuse(handle, said)
  -- What was REST looks like gRPC by now.
  if handle:headers():get("x-envoy-original-path") then
    handle:streamInfo():dynamicMetadata():set("turnout.edge", "code", 16)
    local headers = {
      [":status"] = "401",
      ["content-type"] = "application/json",
      ["www-authenticate"] = 'Bearer error="invalid_token"',
    }
    return handle:respond(headers, said.json)
  end
  handle:respond({ [":status"] = "401", ["grpc-status-details-bin"] = said.details }, said.message)
end

function envoy_on_request(handle)
  local shown = handle:headers():get("authorization")
  -- A key is no JSON Web Token: the services ask whose it is.
  if not shown or shown:find("^[Bb]earer +tk_") then
    return
  end
  local noted = handle:streamInfo():dynamicMetadata():get("envoy.filters.http.jwt_authn")
  local failure = noted and noted["failure"]
  if failure and not LET_PASS[failure["message"]] then
    refuse(handle, REFUSALS[failure["message"] == EXPIRED and "expired" or "refused"])
  end
end
