// One frame, large, with its objects and values.
let current = null;
let chosenItem = null;

function openFrame(index) {
  const frame = FRAMES.get(index);
  if (!frame) return;
  current = frame;
  chosenItem = null;
  const order = shown.includes(frame) ? shown : DATA.frames;
  const place = order.indexOf(frame);
  at("viewer-title").textContent = `Frame ${index}${frame.width ? ` · ${frame.width} × ${frame.height} px` : ""} · ${place + 1} of ${grouped(order.length)}`;
  at("previous").disabled = place === 0;
  at("next").disabled = place === order.length - 1;
  const names = [...new Set(seenItems(frame).map((item) => item.class))].join(", ");
  const box = picture(frame, `Frame ${index}: ${names || "no objects"}`);
  if (frame.width) {
    // As large as there is room for: what is lower than wide fills the width, other pictures the height.
    box.style.width = `min(100%, calc(72vh * ${frame.width / frame.height}))`;
    box.classList.toggle("blocks", Math.max(frame.width, frame.height) < 300);
  }
  if (frame.picture) box.append(...marks(frame));
  at("stage").replaceChildren(box);
  at("viewer-problem").textContent = frame.problem ?? "";
  at("viewer-path").textContent = frame.file ?? "";
  at("viewer-objects").replaceChildren(objects(frame));
  values();
  if (!at("viewer").open) at("viewer").showModal();
  if (location.hash !== `#/frame-${index}`) history.replaceState(null, "", `#/frame-${index}`);
}

function showChosen() {
  choose(at("stage"), chosenItem);
  for (const row of at("viewer-objects").querySelectorAll("tr[data-id]")) {
    row.setAttribute("aria-selected", String(row.dataset.id === String(chosenItem)));
  }
}

function objects(frame) {
  if (!frame.items.length) return make("p", { class: "dim" }, "none in this frame");
  const has = (key) => frame.items.some((item) => item[key] !== undefined);
  const parts = [
    ["object", (item) => [make("span", { class: "swatch", style: ownColors(item.id), "aria-hidden": "true" }), `${item.class} ${item.id}`], false, true],
    ["pixels", (item) => grouped(item.area), true, true],
    ["visible", (item) => (item.visibility === undefined ? "–" : percent(item.visibility)), true, has("visibility")],
    ["outside", (item) => (item.truncation === undefined ? "–" : percent(item.truncation)), true, has("truncation")],
    ["distance", (item) => (item.distance === undefined ? "–" : `${digits(item.distance)}\u00a0m`), true, has("distance")],
  ].filter((part) => part[3]);
  const rows = frame.items.map((item) => {
    const over = (id) => () => choose(at("stage"), id ?? chosenItem);
    const pick = () => { chosenItem = chosenItem === item.id ? null : item.id; showChosen(); };
    const key = (event) => { if (event.key === "Enter" || event.key === " ") { event.preventDefault(); pick(); } };
    const on = { mouseenter: over(item.id), mouseleave: over(null), click: pick, keydown: key };
    return make("tr", { class: "choosable", tabindex: 0, "data-id": item.id, "aria-selected": "false", on }, parts.map(([, text, number]) => make("td", { class: number && "number" }, text(item))));
  });
  return make("table", {}, make("thead", {}, make("tr", {}, parts.map(([title, , number]) => make("th", { class: number && "number", scope: "col" }, title)))), make("tbody", {}, rows));
}

function values() {
  const words = at("viewer-search").value.toLowerCase().split(/\s+/).filter(Boolean);
  const all = Object.entries(current.drawn).map(([path, value]) => [titleOf(path), withUnit(path, value)]);
  const found = all.filter(([path, text]) => words.every((word) => `${path} ${text}`.toLowerCase().includes(word)));
  const rows = found.map(([path, text]) => make("tr", {}, make("td", {}, path), make("td", { class: "number" }, text)));
  at("viewer-drawn").replaceChildren(rows.length ? make("table", {}, make("tbody", {}, rows)) : make("p", { class: "dim" }, all.length ? "none of that name" : "none are known"));
}

function step(by) {
  const order = shown.includes(current) ? shown : DATA.frames;
  const next = order[order.indexOf(current) + by];
  if (next) openFrame(next.index);
}

function closed() {
  history.replaceState(null, "", "#/gallery");
  const cards = at("cards");
  while (drawnCards < shown.length && shown.indexOf(current) >= drawnCards) showMore();
  cards.querySelector(`[data-index="${current.index}"]`)?.focus();
}

function wireViewer() {
  at("previous").addEventListener("click", () => step(-1));
  at("next").addEventListener("click", () => step(1));
  at("close").addEventListener("click", () => at("viewer").close());
  at("viewer").addEventListener("close", closed);
  at("viewer").addEventListener("click", (event) => { if (event.target === at("viewer")) at("viewer").close(); });
  at("viewer-search").addEventListener("input", values);
}
