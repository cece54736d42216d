// The page behind the link in an invitation: answer, pay, show the ticket, share the way.
// The link stands behind the `#`, so it never leaves the browser but as a header.

const link = location.hash.slice(1);
const at = (id) => document.getElementById(id);
const state = { asked: [], me: null, event: null, journey: null, watch: null, next: 1, waiting: [] };

function show(id, visible = true) {
  at(id).hidden = !visible;
}

function complain(text) {
  at("trouble").textContent = text;
  show("trouble", Boolean(text));
}

async function call(method, path, body) {
  const answer = await fetch(`/api/v1/${path}`, {
    method,
    headers: { authorization: `Link ${link}`, "content-type": "application/json" },
    body: body === undefined ? undefined : JSON.stringify(body),
  });
  const text = await answer.text();
  const content = text ? JSON.parse(text) : {};
  if (!answer.ok) {
    const refusal = new Error(content.message || `error ${answer.status}`);
    refusal.reason = (content.details || []).map((d) => d.reason).find(Boolean) || "";
    throw refusal;
  }
  return content;
}

function home() {
  return state.me.name.split("/").slice(0, 2).join("/");
}

function civil(time) {
  const two = (n) => String(n || 0).padStart(2, "0");
  return `${time.year}-${two(time.month)}-${two(time.day)} ${two(time.hours)}:${two(time.minutes)} (${time.timeZone.id})`;
}

function price(money) {
  const amount = Number(money.units || 0) + (money.nanos || 0) / 1e9;
  return new Intl.NumberFormat(undefined, { style: "currency", currency: money.currencyCode }).format(amount);
}

const STANDING = {
  ACCEPTED: "Looking for your seat …",
  DECLINED: "You said that you do not come.",
  TENTATIVE: "You said maybe. Come back when you know.",
  HELD: "A seat is held for you. Pay before the hold ends.",
  REFUSED: "Sorry, no seat is left.",
  LAPSED: "Your hold ended. Say yes again to try for another seat.",
  CONFIRMED: "You have a ticket.",
  UNDER_WAY: "You are on the way.",
  ARRIVED: "You are there. Welcome!",
  CANCELLED: "Your seat was given back.",
};

async function render() {
  const where = (state.me.state || "").replace("STATE_", "");
  at("standing").textContent = STANDING[where] || "";
  for (const button of document.querySelectorAll("[data-answer]")) {
    button.setAttribute("aria-pressed", String(button.dataset.answer === state.me.answer));
  }
  const seated = ["CONFIRMED", "UNDER_WAY", "ARRIVED"].includes(where);
  show("seat", where === "HELD");
  show("ticket", seated);
  show("way", where === "CONFIRMED" || where === "UNDER_WAY");
  if (where === "HELD" || seated) {
    const booking = await call("GET", state.me.booking);
    const until = booking.expireTime ? `, held until ${new Date(booking.expireTime).toLocaleTimeString()}` : "";
    at("total").textContent = `${price(booking.total)}${until}`;
    at("codes").replaceChildren(...(await Promise.all((booking.tickets || []).map(drawn))));
  }
}

// A ticket as something to show at the door, and to print.
async function drawn(ticket) {
  const item = document.createElement("li");
  const [code, paper] = [document.createElement("img"), document.createElement("button")];
  code.alt = ticket.code;
  await draw(code, ticket);
  paper.type = "button";
  paper.textContent = "Print it";
  paper.addEventListener("click", async () => {
    try {
      const file = document.createElement("a");
      file.href = await picture(`${ticket.name}:download`);
      file.download = "ticket.pdf";
      file.click();
    } catch (error) {
      complain(error.message);
    }
  });
  item.append(code, paper);
  return item;
}

// Draws the code of a ticket, and again before it is over, where the door wants fresh ones.
async function draw(code, ticket) {
  const path = `${ticket.name}:download?format=svg`;
  const { expireTime } = await call("GET", `${ticket.name}/code`);
  if (!expireTime) {
    code.src = await picture(path);
    return;
  }
  const before = code.src;
  code.src = await fetched(path);
  if (before) URL.revokeObjectURL(before);
  setTimeout(() => {
    if (code.isConnected) draw(code, ticket).catch((error) => complain(error.message));
  }, 30_000);
}

// What only a header may ask for, as an address that a page can use.
const pictures = new Map();
async function picture(path) {
  if (!pictures.has(path)) {
    pictures.set(path, await fetched(path));
  }
  return pictures.get(path);
}

async function fetched(path) {
  const answer = await fetch(`/api/v1/${path}`, { headers: { authorization: `Link ${link}` } });
  if (!answer.ok) throw new Error(`error ${answer.status}`);
  return URL.createObjectURL(await answer.blob());
}

async function refresh() {
  state.me = await call("GET", state.me.name);
  await render();
}

// Things happen a moment after they were asked for: look again until they have.
async function settle(done) {
  for (let pause = 200; ; pause = Math.min(pause * 1.5, 2000)) {
    await refresh();
    if (done(state.me.state.replace("STATE_", ""))) return;
    await new Promise((wake) => setTimeout(wake, pause));
  }
}

// What the event asks beside whether one comes: how each type is asked, how it is answered, and
// how an answer that was given before is shown.
const put = (kind) => (field, given) => { field.value = given[kind]; };
const ASKED = {
  TYPE_TEXT: ["input", "text", (field) => ({ text: field.value }), put("text")],
  TYPE_LONG_TEXT: ["textarea", "", (field) => ({ text: field.value }), put("text")],
  TYPE_NUMBER: ["input", "number", (field) => ({ number: { value: field.value } }), (field, { number }) => { field.value = number.value; }],
  TYPE_DATE: ["input", "date", (field) => ({ date: day(field.value) }), (field, { date }) => { field.value = iso(date); }],
  TYPE_CHOICE: ["select", "", (field) => ({ choice: field.value }), put("choice")],
  TYPE_CHOICES: ["select", "", (field) => ({ choices: { choices: chosen(field) } }), choose],
  TYPE_YES_NO: ["input", "checkbox", (field) => ({ yes: field.checked }), (field, { yes }) => { field.checked = yes; }],
};

function day(text) {
  const [year, month, date] = text.split("-").map(Number);
  return { year, month, day: date };
}

function iso({ year, month, day: date }) {
  const two = (n) => String(n).padStart(2, "0");
  return `${String(year).padStart(4, "0")}-${two(month)}-${two(date)}`;
}

function choose(field, given) {
  const before = given.choices.choices || [];
  for (const option of field.options) option.selected = before.includes(option.value);
}

function chosen(field) {
  return [...field.selectedOptions].map((option) => option.value);
}

function ask(question) {
  const [kind, type, , before] = ASKED[question.type];
  const [label, field] = [document.createElement("label"), document.createElement(kind)];
  if (type) field.type = type;
  if (type === "number") field.step = "any";
  field.multiple = question.type === "TYPE_CHOICES";
  if (question.type === "TYPE_CHOICE") field.append(new Option("", ""));
  for (const choice of question.choices || []) field.append(new Option(choice, choice));
  label.append(`${question.displayName}${question.required ? " *" : ""} `, field);
  label.title = question.help || "";
  const given = (state.me.questionAnswers || []).find((said) => said.question === question.id);
  if (given) before(field, given);
  at("questions").append(label, document.createElement("br"));
  return { question, field };
}

// A blank field is no answer; one that was not touched does not change what was said before.
function answers() {
  return state.asked
    .filter(({ question, field }) => (question.type === "TYPE_YES_NO" ? true : field.value))
    .map(({ question, field }) => ({ question: question.id, ...ASKED[question.type][2](field) }));
}

async function answer(said) {
  state.me = await call("POST", `${state.me.name}:answer`, {
    answer: said,
    ticketType: at("type").value,
    guests: Number(at("guests").value || 0),
    note: at("note").value,
    questionAnswers: answers(),
    requestId: crypto.randomUUID(),
  });
  await settle((where) => where !== "ACCEPTED");
}

// Services hear of each other's doings a moment later; until then they refuse with these reasons.
const EARLY = ["BOOKING_NOT_FOUND", "NOT_ATTENDING", "EVENT_NOT_FOUND"];

async function patiently(method, path, body) {
  for (let pause = 200; ; pause *= 1.5) {
    try {
      return await call(method, path, body);
    } catch (refusal) {
      if (pause > 5000 || !EARLY.includes(refusal.reason)) throw refusal;
      await new Promise((wake) => setTimeout(wake, pause));
    }
  }
}

async function pay() {
  const payment = await patiently("POST", `${home()}/payments?requestId=${crypto.randomUUID()}`, {
    booking: state.me.booking,
  });
  await call("POST", `${payment.name}:confirm`, { paymentMethod: "pm_card_visa", requestId: crypto.randomUUID() });
  await settle((where) => where !== "HELD");
}

async function share() {
  state.journey = await patiently("POST", `${home()}/journeys?requestId=${crypto.randomUUID()}`, {
    event: state.event.name,
    consent: true,
  });
  state.next = Number(state.journey.keptThrough || 0) + 1;
  show("share", false);
  show("stop");
  at("expected").textContent = "Waiting for the first position …";
  state.watch = navigator.geolocation.watchPosition(moved, (error) => complain(error.message), {
    enableHighAccuracy: true,
  });
}

function moved({ coords, timestamp }) {
  state.waiting.push({
    location: { latitude: coords.latitude, longitude: coords.longitude },
    captureTime: new Date(timestamp).toISOString(),
    horizontalAccuracyMeters: coords.accuracy || 0,
    // A device that does not know how fast it is says null: then nothing is said.
    ...(coords.speed == null ? {} : { speedMetersPerSecond: Math.max(0, coords.speed) }),
  });
  send();
}

// One request at a time; what was not acknowledged is sent again under the same numbers.
let sending = false;
async function send() {
  if (sending || !state.waiting.length) return;
  sending = true;
  try {
    const batch = state.waiting.slice(0, 500);
    const kept = await call("POST", `${state.journey.name}:record`, { firstSequence: String(state.next), positions: batch });
    const through = Number(kept.keptThrough || 0);
    state.waiting.splice(0, through - state.next + 1);
    state.next = through + 1;
    expected(kept.arrival);
    complain("");
    if (kept.arrival && kept.arrival.method === "METHOD_ARRIVED") await over();
  } catch (error) {
    if (error.reason === "JOURNEY_OVER") {
      await over();
    } else {
      complain(error.message);
      setTimeout(send, 3000);
    }
  } finally {
    sending = false;
  }
}

async function over() {
  navigator.geolocation.clearWatch(state.watch);
  state.waiting = [];
  show("stop", false);
  await settle((where) => where !== "CONFIRMED" && where !== "UNDER_WAY");
}

function expected(arrival) {
  if (!arrival || !arrival.p50Time) {
    at("expected").textContent = "Your way is shared. It is too early to say when you will be there.";
    return;
  }
  const when = new Date(arrival.p50Time).toLocaleTimeString();
  const latest = new Date(arrival.p90Time).toLocaleTimeString();
  at("expected").textContent = `You should be there about ${when}, by ${latest} at the latest.`;
}

async function stop() {
  navigator.geolocation.clearWatch(state.watch);
  state.waiting = [];
  await call("POST", `${state.journey.name}:withdraw`, { requestId: crypto.randomUUID() });
  show("share");
  show("stop", false);
  at("expected").textContent = "Stopped. Your positions are deleted.";
}

function does(id, act) {
  at(id).addEventListener("click", async (click) => {
    click.target.disabled = true;
    try {
      complain("");
      await act(click.target);
    } catch (error) {
      complain(error.message);
    } finally {
      click.target.disabled = false;
    }
  });
}

function offer() {
  const types = (state.event.ticketTypes || []).filter((type) => !type.hidden);
  const name = (type) => `${type.displayName || type.id}${type.price ? `, ${price(type.price)}` : ""}`;
  at("type").append(...types.map((type) => new Option(name(type), type.id)));
  if (types.some((type) => type.id === state.me.ticketType)) at("type").value = state.me.ticketType;
  show("types", types.length > 1);
  at("guests").value = state.me.guests || 0;
  at("note").value = state.me.note || "";
}

async function start() {
  if (!link) {
    complain("This address has no invitation in it. Open the link out of your message.");
    return;
  }
  const invitation = await call("GET", "invitation");
  if (invitation.link) {
    // The link is that of somebody who was on the list twice: go on as who they are now.
    location.hash = new URL(invitation.link).hash;
    location.reload();
    return;
  }
  [state.me, state.event] = [invitation.participant, invitation.event];
  at("title").textContent = state.event.displayName;
  at("when").textContent = civil(state.event.startTime);
  at("where").textContent = [state.event.venue.displayName, state.event.venue.address].filter(Boolean).join(", ");
  at("about").textContent = state.event.description || "";
  const form = invitation.registrationForm || {};
  state.asked = (form.questions || []).filter(({ type }) => type in ASKED).map(ask);
  offer();
  at("greeting").textContent = `${state.me.displayName}, will you come?`;
  show("event");
  show("answer");
  await render();
}

for (const button of document.querySelectorAll("[data-answer]")) {
  button.id = button.dataset.answer;
  does(button.id, () => answer(button.dataset.answer));
}
does("pay", pay);
does("share", share);
does("stop", stop);
start().catch((error) => complain(error.message));
