// The organizer's page: who is on the way to an event, and when they will be there.
// Everything that comes from outside goes into the page as text, never as markup.

const at = (id) => document.getElementById(id);
const KEPT = "turnout.refresh_token";

const session = { user: "", access: "", refresh: sessionStorage.getItem(KEPT) || "", until: 0 };
const board = { event: null, people: new Map(), travelers: new Map(), source: null, resume: "", pause: 1000 };

const STATES = {
  STATE_READY: "not started",
  STATE_UNDER_WAY: "under way",
  STATE_ARRIVED: "arrived",
  STATE_EXPIRED: "over",
  STATE_WITHDRAWN: "stopped sharing",
};

class Refusal extends Error {
  constructor(status, content) {
    super(content.message || `the server answered ${status}`);
    this.status = status;
  }
}

function show(id, visible = true) {
  at(id).hidden = !visible;
}

function complain(text) {
  at("trouble").textContent = text;
  show("trouble", Boolean(text));
}

// --- the session ---------------------------------------------------------------------

async function send(method, path, body, headers = {}) {
  const answer = await fetch(`/api/v1/${path}`, {
    method,
    headers: body === undefined ? headers : { ...headers, "content-type": "application/json" },
    body: body === undefined ? undefined : JSON.stringify(body),
  });
  const text = await answer.text();
  const content = text ? JSON.parse(text) : {};
  if (!answer.ok) throw new Refusal(answer.status, content);
  return content;
}

function keep(found) {
  session.user = found.user;
  session.access = found.accessToken;
  session.refresh = found.refreshToken;
  session.until = Date.now() + spanOf(found.expiresIn) * 1000 - 30_000;
  sessionStorage.setItem(KEPT, session.refresh);
}

function forget() {
  Object.assign(session, { user: "", access: "", refresh: "", until: 0 });
  sessionStorage.removeItem(KEPT);
}

// A refresh token is good once, so only one refresh may be under way.
let refreshing = null;

async function token() {
  if (Date.now() < session.until) return session.access;
  refreshing ??= send("POST", "auth/refresh", { refreshToken: session.refresh })
    .then(keep)
    .finally(() => {
      refreshing = null;
    });
  await refreshing;
  return session.access;
}

async function get(path) {
  return send("GET", path, undefined, { authorization: `Bearer ${await token()}` });
}

async function all(path, items) {
  const found = [];
  let next = "";
  do {
    const mark = path.includes("?") ? "&" : "?";
    const page = await get(`${path}${mark}page_size=200${next && `&page_token=${encodeURIComponent(next)}`}`);
    found.push(...(page[items] || []));
    next = page.nextPageToken || "";
  } while (next);
  return found;
}

// --- becoming a member -----------------------------------------------------------------

// Who came by the link in an invitation has its token behind the #, until it is accepted.
async function accept() {
  const invitation = location.hash.slice(1);
  if (!/^[\w-]+\.[\w-]+$/.test(invitation)) return;
  history.replaceState(null, "", location.pathname);
  await send(
    "POST",
    "invitations:accept",
    { token: invitation, requestId: crypto.randomUUID() },
    { authorization: `Bearer ${await token()}` },
  );
}

// --- numbers and times ---------------------------------------------------------------

function spanOf(duration) {
  return Number((duration || "0s").slice(0, -1));
}

function clock(time) {
  return time ? new Date(time).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" }) : "";
}

function distance(meters) {
  if (meters === undefined) return "";
  return meters < 1000 ? `${Math.round(meters)} m` : `${(meters / 1000).toFixed(meters < 10_000 ? 1 : 0)} km`;
}

const EARTH_METERS = 6_371_008.8;

// As the crow flies, for who is seen but not expected yet.
function between(here, there) {
  if (!here || !there) return undefined;
  const [lat1, lat2] = [here, there].map((place) => ((place.latitude || 0) * Math.PI) / 180);
  const east = (((there.longitude || 0) - (here.longitude || 0)) * Math.PI) / 180;
  const half = Math.sin((lat2 - lat1) / 2) ** 2 + Math.cos(lat1) * Math.cos(lat2) * Math.sin(east / 2) ** 2;
  return 2 * EARTH_METERS * Math.asin(Math.sqrt(half));
}

function far(traveler) {
  return traveler.arrival?.distanceMeters ?? between(traveler.position?.location, board.event.venue?.location);
}

function lateness(arrival) {
  if (!arrival.p50Time) return "";
  const minutes = Math.round(spanOf(arrival.lateness) / 60);
  if (minutes === 0) return "on time";
  const size = Math.abs(minutes);
  const text = size < 60 ? `${size} min` : `${Math.floor(size / 60)} h ${size % 60} min`;
  return `${text} ${minutes > 0 ? "late" : "early"}`;
}

function isLate(traveler) {
  return Boolean(traveler.arrival?.p50Time) && spanOf(traveler.arrival.lateness) >= 60;
}

function civil(time) {
  const two = (n) => String(n || 0).padStart(2, "0");
  const zone = time.timeZone?.id || time.utcOffset || "";
  return `${time.year}-${two(time.month)}-${two(time.day)} ${two(time.hours)}:${two(time.minutes)} ${zone}`;
}

// --- choosing ------------------------------------------------------------------------

function fill(select, items, chosen) {
  select.replaceChildren(
    ...items.map((item) => {
      const option = document.createElement("option");
      option.value = item.name;
      option.textContent = item.displayName || item.name;
      option.selected = item.name === chosen;
      return option;
    }),
  );
}

// The chosen event stands behind the `#`, so that a reload shows it again.
function wanted() {
  const event = decodeURIComponent(location.hash.slice(1));
  return { event, organization: event.split("/").slice(0, 2).join("/") };
}

async function chooseOrganization() {
  const organizations = await all("organizations", "organizations");
  fill(at("organization"), organizations, wanted().organization);
  show("choice", organizations.length > 0);
  if (!organizations.length) complain("You are not a member of any organization yet.");
  else await chooseEvent();
}

async function chooseEvent() {
  const events = await all(`${at("organization").value}/events`, "events");
  fill(at("event"), events, wanted().event);
  show("board", events.length > 0);
  complain(events.length ? "" : "This organization has no events yet.");
  if (events.length) await watch();
  else hush();
}

async function watch() {
  hush();
  const name = at("event").value;
  location.hash = encodeURIComponent(name);
  const [organization, event] = [at("organization").value, await get(name)];
  Object.assign(board, { event, travelers: new Map(), people: new Map(), resume: "", pause: 1000 });
  at("title").textContent = event.displayName;
  at("when").textContent = [civil(event.startTime), event.venue?.displayName].filter(Boolean).join(" · ");
  render();
  listen();
  await names(organization, name);
  render();
}

// Who is who: participants by their names, members by theirs. Not everybody may ask.
async function names(organization, event) {
  const lists = [
    all(`${organization}/participants?event=${encodeURIComponent(event)}`, "participants"),
    all(`${organization}/members`, "members"),
  ];
  for (const list of await Promise.allSettled(lists)) {
    for (const one of list.value || []) board.people.set(one.user || one.name, one.displayName);
  }
}

// --- watching ------------------------------------------------------------------------

function hush() {
  board.source?.close();
  clearTimeout(board.again);
  board.source = null;
}

async function listen() {
  const event = board.event;
  at("link").textContent = "Connecting …";
  let access = "";
  try {
    access = await token();
  } catch (refusal) {
    if (refusal instanceof Refusal) return leave("Your session has ended. Please sign in again.");
    return retry();
  }
  if (board.event !== event) return;
  const asked = new URLSearchParams({ access_token: access });
  if (board.resume) asked.set("resume_token", board.resume);
  const source = new EventSource(`/api/v1/${event.name}/arrivals:watch?${asked}`);
  board.source = source;
  source.onmessage = (message) => {
    board.pause = 1000;
    at("link").textContent = "Live.";
    take(JSON.parse(message.data));
  };
  source.onerror = () => {
    // It would come back by itself, but with a token that may have expired by then.
    if (board.source !== source) return;
    hush();
    retry();
  };
}

function retry() {
  at("link").textContent = "The connection was lost. Trying again …";
  board.again = setTimeout(listen, board.pause);
  board.pause = Math.min(board.pause * 2, 30_000);
}

function take(frame) {
  board.resume = frame.resumeToken || board.resume;
  for (const traveler of frame.travelers || []) {
    const before = board.travelers.get(traveler.journey);
    board.travelers.set(traveler.journey, traveler);
    if (before && before.state !== traveler.state && traveler.state === "STATE_ARRIVED") {
      at("news").textContent = `${nameOf(traveler)} has arrived.`;
    }
  }
  render();
}

function nameOf(traveler) {
  return board.people.get(traveler.traveler) || traveler.traveler?.split("/").pop() || "somebody";
}

const ORDER = ["STATE_UNDER_WAY", "STATE_READY", "STATE_ARRIVED", "STATE_EXPIRED", "STATE_WITHDRAWN"];

function compare(a, b) {
  const state = ORDER.indexOf(a.state) - ORDER.indexOf(b.state);
  if (state) return state;
  const time = (traveler) => Date.parse(traveler.arrival?.p50Time || "") || Infinity;
  const [first, second] = [time(a), time(b)];
  return first === second ? nameOf(a).localeCompare(nameOf(b)) : first - second;
}

function cell(kind, text, style = "") {
  const made = document.createElement(kind);
  made.textContent = text;
  made.className = style;
  if (kind === "th") made.scope = "row";
  return made;
}

function row(traveler) {
  const arrival = traveler.arrival || {};
  const there = traveler.state === "STATE_ARRIVED";
  const made = document.createElement("tr");
  made.append(
    cell("th", nameOf(traveler)),
    cell("td", STATES[traveler.state] || "", there ? "there" : ""),
    cell("td", there ? "" : distance(far(traveler)), "number"),
    cell("td", clock(arrival.p50Time), "number"),
    cell("td", there ? "" : clock(arrival.p90Time), "number"),
    cell("td", lateness(arrival), isLate(traveler) ? "number late" : "number"),
    cell("td", clock(traveler.position?.captureTime || arrival.positionTime), "number"),
  );
  return made;
}

function render() {
  const travelers = [...board.travelers.values()].sort(compare);
  const count = (test) => String(travelers.filter(test).length);
  at("count-all").textContent = String(travelers.length);
  at("count-way").textContent = count((one) => one.state === "STATE_UNDER_WAY");
  at("count-there").textContent = count((one) => one.state === "STATE_ARRIVED");
  at("count-late").textContent = count(isLate);
  at("rows").replaceChildren(...travelers.map(row));
  show("nobody", travelers.length === 0);
}

// --- coming and going ----------------------------------------------------------------

async function enter() {
  const user = await get("users/me");
  at("me").textContent = user.displayName || user.email;
  show("who");
  show("door", false);
  complain("");
  await accept().catch((error) => complain(error.message));
  await chooseOrganization();
}

function leave(reason = "") {
  hush();
  forget();
  board.event = null;
  for (const id of ["who", "choice", "board"]) show(id, false);
  show("door");
  complain(reason);
  at("email").focus();
}

function attempt(act) {
  return act().catch((error) => {
    if (error.status === 401) leave(session.access ? "Your session has ended. Please sign in again." : "");
    else complain(error.message);
  });
}

at("login").addEventListener("submit", async (submit) => {
  submit.preventDefault();
  const button = submit.target.querySelector("button");
  button.disabled = true;
  try {
    keep(await send("POST", "auth/login", { email: at("email").value, password: at("password").value }));
    at("password").value = "";
    await attempt(enter);
  } catch (error) {
    complain(error.message);
  } finally {
    button.disabled = false;
  }
});

at("leave").addEventListener("click", async () => {
  const refresh = session.refresh;
  leave();
  await send("POST", "auth/logout", { refreshToken: refresh }).catch(() => {});
});

at("organization").addEventListener("change", () => attempt(chooseEvent));
at("event").addEventListener("change", () => attempt(watch));

if (session.refresh) attempt(enter);
else leave();
