// Reads the description of the API, shows every method, and calls it for who wants to try.
// Everything goes into the page as text, never as markup.

const at = (id) => document.getElementById(id);
const METHODS = ["get", "post", "put", "patch", "delete"];
let api = null;

function make(kind, text = "", className = "") {
  const element = document.createElement(kind);
  element.textContent = text;
  element.className = className;
  return element;
}

function complain(text) {
  at("trouble").textContent = text;
  at("trouble").hidden = !text;
}

function resolved(schema) {
  return schema.$ref ? api.components.schemas[schema.$ref.replace("#/components/schemas/", "")] : schema;
}

// What a request may look like: required fields, and one level of what may be there.
function example(schema, depth = 0) {
  const real = resolved(schema);
  if (real.enum) return real.enum[1] || real.enum[0];
  if (real.type === "array") return depth < 2 ? [example(real.items, depth + 1)] : [];
  if (real.type === "object") {
    const needed = real.required || [];
    const wanted = Object.entries(real.properties || {}).filter(
      ([name, field]) => !field.readOnly && (depth < 1 || needed.includes(name)) && name !== "name" && name !== "etag",
    );
    return Object.fromEntries(wanted.map(([name, field]) => [name, example(field, depth + 1)]));
  }
  if (real.format === "date-time") return new Date().toISOString();
  if (real.format === "uuid") return crypto.randomUUID();
  return { string: "", boolean: false, integer: 0, number: 0 }[real.type] ?? null;
}

function fieldsOf(schema) {
  const list = make("ul");
  const real = resolved(schema);
  for (const [name, field] of Object.entries(real.properties || {})) {
    const item = make("li");
    const needed = (real.required || []).includes(name) ? ", required" : "";
    const kind = field.$ref ? field.$ref.split("/").pop() : field.type || "anything";
    item.append(make("code", name), ` (${kind}${needed}${field.readOnly ? ", read only" : ""}) `, make("span", field.description || "", "text"));
    list.append(item);
  }
  return list;
}

function inputs(operation) {
  return operation.parameters.map((parameter) => {
    const label = make("label", `${parameter.name}${parameter.required ? " *" : ""} `);
    const field = make("input");
    field.title = parameter.description || "";
    label.append(field);
    return { parameter, field, label };
  });
}

function bodyOf(operation) {
  const content = operation.requestBody && operation.requestBody.content["application/json"];
  if (!content) return null;
  const area = make("textarea");
  area.setAttribute("aria-label", "Body");
  area.value = JSON.stringify(example(content.schema), null, 2);
  return { area, schema: content.schema };
}

async function call(method, path, asked, body) {
  const query = new URLSearchParams();
  for (const { parameter, field } of asked) {
    if (parameter.in === "path") path = path.replace(`{${parameter.name}}`, encodeURIComponent(field.value));
    else if (field.value) query.append(parameter.name, field.value);
  }
  const headers = {};
  if (at("authorization").value) headers.authorization = at("authorization").value;
  if (body) headers["content-type"] = "application/json";
  const answer = await fetch(`${path}${query.size ? `?${query}` : ""}`, { method, headers, body });
  const text = await answer.text();
  let shown = text;
  try {
    shown = JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    // Not everything is JSON.
  }
  return `${answer.status}\n${shown}`;
}

function tried(method, path, operation) {
  const form = make("form");
  const asked = inputs(operation);
  const body = bodyOf(operation);
  const send = make("button", "Send");
  const said = make("pre");
  said.setAttribute("aria-live", "polite");
  form.append(...asked.map(({ label }) => label));
  if (body) form.append(body.area);
  form.append(send, said);
  form.addEventListener("submit", async (submit) => {
    submit.preventDefault();
    send.disabled = true;
    try {
      said.textContent = await call(method.toUpperCase(), path, asked, body && body.area.value);
    } catch (error) {
      said.textContent = error.message;
    } finally {
      send.disabled = false;
    }
  });
  return form;
}

// Made when it is looked at: there are hundreds.
function filled(details, method, path, operation) {
  details.append(make("p", operation.description, "text"));
  const body = bodyOf(operation);
  if (body) details.append(make("h4", "Body"), fieldsOf(body.schema));
  const answer = operation.responses["200"].content;
  const json = answer && answer["application/json"];
  if (json) details.append(make("h4", "Answer"), fieldsOf(json.schema));
  details.append(make("h4", "Try it"), tried(method, path, operation));
}

function shown(method, path, operation) {
  const details = make("details");
  const summary = make("summary");
  summary.append(make("span", method.toUpperCase(), "verb"), make("code", path), ` ${operation.summary}`);
  details.append(summary);
  details.dataset.text = `${method} ${path} ${operation.operationId} ${operation.summary}`.toLowerCase();
  details.addEventListener("toggle", () => filled(details, method, path, operation), { once: true });
  return details;
}

function render() {
  for (const tag of api.tags) {
    const section = make("section");
    section.append(make("h2", tag.name), make("p", tag.description, "text"));
    for (const [path, methods] of Object.entries(api.paths)) {
      for (const method of METHODS) {
        const operation = methods[method];
        if (operation && operation.tags.includes(tag.name)) section.append(shown(method, path, operation));
      }
    }
    at("services").append(section);
  }
}

function find() {
  const words = at("find").value.toLowerCase().split(/\s+/);
  for (const section of at("services").children) {
    let any = false;
    for (const details of section.querySelectorAll("details")) {
      details.hidden = !words.every((word) => details.dataset.text.includes(word));
      any = any || !details.hidden;
    }
    section.hidden = !any;
  }
}

async function start() {
  const answer = await fetch("/openapi.json");
  if (!answer.ok) throw new Error(`the description of the API is away: ${answer.status}`);
  api = await answer.json();
  at("about").textContent = api.info.summary;
  render();
}

at("find").addEventListener("input", find);
start().catch((error) => complain(error.message));
