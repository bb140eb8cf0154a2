// Puts the page together: what stands on top, the parts, the keys.
const TABS = ["gallery", "statistics", "problems"];
const THEMES = ["auto", "light", "dark"];

function openTab(name) {
  for (const tab of TABS) {
    const button = at(`tab-${tab}`);
    button.setAttribute("aria-selected", String(tab === name));
    button.tabIndex = tab === name ? 0 : -1;
    at(tab).hidden = tab !== name;
  }
  if (!at("viewer").open) history.replaceState(null, "", `#/${name}`);
}

function followAddress() {
  const found = /^#\/frame-(\d+)$/.exec(location.hash);
  if (found && FRAMES.has(Number(found[1]))) {
    openTab("gallery");
    openFrame(Number(found[1]));
  } else openTab(TABS.find((tab) => location.hash === `#/${tab}`) ?? TABS[0]);
}

function theme(name) {
  if (name === "auto") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = name;
  at("theme").textContent = `Colours: ${name}`;
  at("theme").onclick = () => {
    const next = THEMES[(THEMES.indexOf(name) + 1) % THEMES.length];
    kept("theme", next);
    theme(next);
  };
}

function sampleText() {
  const { frames, shown: picked, besides, seed } = DATA.sample;
  const some = !picked
    ? `The gallery shows none of ${count(frames, "frame")}.`
    : picked >= frames
    ? `The gallery shows all ${count(frames, "frame")}.`
    : `The gallery shows ${grouped(picked)} of ${count(frames, "frame")}, ${seed === null ? "evenly spread by number" : `drawn with the seed ${seed}`}; statistics are of all of them.`;
  const more = besides ? ` Besides, it shows ${count(besides, "frame")} with problems.` : "";
  const query = DATA.about.query ? ` Only frames that fit the filter “${DATA.about.query}” are counted.` : "";
  return some + more + query;
}

function onKey(event) {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  const field = event.target.closest("input, select, textarea");
  if (field && field.type !== "checkbox") return;
  const open = at("viewer").open;
  const overlay = [...OVERLAYS, ALWAYS].find((one) => one.key === event.key);
  if (overlay) toggle(overlay);
  else if (open && (event.key === "ArrowLeft" || event.key === "ArrowRight")) step(event.key === "ArrowLeft" ? -1 : 1);
  else if (open) return;
  else if (event.key === "/") {
    openTab("gallery");
    at("filters").open = true;
    at("find").focus();
  } else if (TABS[Number(event.key) - 1]) openTab(TABS[Number(event.key) - 1]);
  else if (event.target.getAttribute?.("role") === "tab" && event.key.startsWith("Arrow")) {
    const place = TABS.findIndex((tab) => at(`tab-${tab}`) === event.target);
    const next = TABS[(place + (event.key === "ArrowRight" ? 1 : TABS.length - 1)) % TABS.length];
    openTab(next);
    at(`tab-${next}`).focus();
  } else if (!moveFocus(event)) return;
  event.preventDefault();
}

function start() {
  theme(THEMES.includes(kept("theme")) ? kept("theme") : "auto");
  at("title").textContent = DATA.about.title;
  at("folder").textContent = DATA.about.folder;
  for (const [name, value] of Object.entries(DATA.about.facts)) at("facts").append(make("div", {}, make("dt", {}, name), make("dd", {}, value)));
  at("sample").textContent = sampleText();
  overlayButtons(at("overlays"), [...OVERLAYS, ALWAYS]);
  overlayButtons(at("viewer-overlays"), OVERLAYS);
  for (const overlay of [...OVERLAYS, ALWAYS]) toggle(overlay, overlay.on);
  for (const tab of TABS) at(`tab-${tab}`).addEventListener("click", () => openTab(tab));
  const bad = DATA.problems.count + DATA.problems.others_count;
  if (bad) {
    at("tab-problems").textContent = `Problems (${grouped(bad)})`;
    at("tab-problems").classList.add("warns");
  }
  at("filters").open = matchMedia("(min-width: 861px)").matches;
  filterForm(at("filter-form"));
  for (const [name, [title]] of Object.entries(ORDERS)) at("order").append(make("option", { value: name }, title));
  at("order").addEventListener("change", () => { wanted.order = at("order").value; refresh(); });
  at("more").addEventListener("click", showMore);
  wireViewer();
  statistics(at("statistics"));
  problems(at("problems"));
  document.addEventListener("keydown", onKey);
  addEventListener("hashchange", followAddress);
  refresh();
  followAddress();
}

start();
