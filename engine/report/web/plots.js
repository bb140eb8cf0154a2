// Statistics as plots. What is clicked in them becomes a filter of the gallery.
function plot(title, note, contents, name = "plot") {
  return make("article", { class: name, "aria-label": title }, make("h2", {}, title), note ? make("p", { class: "dim" }, note) : "", contents);
}

const unknown = () => make("p", { class: "dim" }, "not known");

// The same in numbers, for who cannot see the plot; made when opened.
function inNumbers(head, rows) {
  const place = make("div", { tabindex: 0, role: "region", "aria-label": `${head[0]} in numbers` });
  const open = (event) => event.target.open && !place.firstChild && place.append(table(head, rows()));
  return make("details", { class: "numbers", on: { toggle: open } }, make("summary", {}, "Numbers"), place);
}

function table(head, rows) {
  const kind = (value) => (typeof value === "number" ? "number" : undefined);
  const cell = (tag, value, like) => make(tag, { class: kind(like ?? value) }, typeof value === "number" ? grouped(value) : value);
  const first = rows[0] ?? [];
  return make("table", {},
    make("thead", {}, make("tr", {}, head.map((text, place) => cell("th", text, first[place])))),
    make("tbody", {}, rows.map((row) => make("tr", {}, row.map((value) => cell("td", value))))));
}

function bars(counts, click, describe = (name, number) => grouped(number)) {
  const most = Math.max(1, ...Object.values(counts));
  const rows = make("div", { class: "rows" });
  for (const [name, number] of Object.entries(counts)) {
    const label = click
      ? make("button", { type: "button", title: `Show frames with ${name}`, on: { click: () => click(name) } }, name)
      : make("span", {}, name);
    const bar = make("span", { class: "fill", style: { display: "block", width: `${(100 * number) / most}%` } });
    rows.append(label, make("span", { class: "track", "aria-hidden": "true" }, number ? bar : ""), make("span", { class: "number" }, describe(name, number)));
  }
  return rows.firstChild ? rows : unknown();
}

function columns(histogram, show, click, name = "columns") {
  const { edges, counts } = histogram;
  const total = counts.reduce((sum, number) => sum + number, 0);
  if (!total) return [unknown()];
  const most = Math.max(...counts);
  const spans = counts.map((_, place) => show(edges[place], edges[place + 1]));
  const box = make("div", { class: name, role: click ? "group" : "img", "aria-label": `${grouped(total)} values in ${counts.length} columns; the largest is ${spans[counts.indexOf(most)]} with ${grouped(most)}` });
  for (const [place, number] of counts.entries()) {
    const height = number ? Math.max(1, (100 * number) / most) : 0;
    const text = `${spans[place]}: ${grouped(number)}`;
    const bar = make("i", { style: { height: `${height}%` } });
    const usable = click && number;
    box.append(usable
      ? make("button", { type: "button", title: text, "aria-label": text, on: { click: () => click(edges[place], edges[place + 1]) } }, bar)
      : make("span", { title: text }, bar));
  }
  return [box, inNumbers(["from – to", "number"], () => counts.map((number, place) => [spans[place], number]))];
}

function edgesUnder(texts) {
  return make("div", { class: "edges", "aria-hidden": "true" }, texts.map((text) => make("span", {}, text)));
}

function histogram(data, show, click, unit = "") {
  const parts = columns(data, show, click);
  if (parts.length === 1) return parts;
  const { edges } = data;
  const middle = edges[Math.floor(edges.length / 2)];
  return [parts[0], edgesUnder([digits(edges[0]), digits(middle), digits(edges.at(-1)) + unit]), parts[1]];
}

const shadeOf = (value, most) => (value ? 0.12 + 0.88 * (value / most) : 0);
const scale = (text) => make("div", { class: "scale" }, "none", make("i"), text);

function heatMap(rows, aspect) {
  const most = Math.max(...rows.flat());
  if (!most) return [unknown()];
  const [wide, high] = [rows[0].length, rows.length];
  const svg = draw("svg", { class: "map", "shape-rendering": "crispEdges", viewBox: `0 0 ${wide} ${high}`, preserveAspectRatio: "none", style: { "aspect-ratio": String(aspect) }, role: "img", "aria-label": "Share of the boxes that cover each place of the picture" });
  for (const [row, values] of rows.entries()) {
    for (const [column, value] of values.entries()) {
      const cell = { class: "shade", x: column, y: row, width: 1, height: 1, "fill-opacity": shadeOf(value, most).toFixed(3) };
      svg.append(draw("rect", cell, draw("title", {}, `${percent(value)} of the boxes`)));
    }
  }
  return [svg, scale(`${percent(most)} of the boxes`)];
}

// Half a sphere as a disc: the pole in the middle, the horizon at the rim; azimuth 0 to the right, 90 at the top.
function disc(rows, most, title, below) {
  const [rings, sectors, radius] = [rows.length, rows[0].length, 92];
  const svg = draw("svg", { viewBox: "-110 -104 220 208", role: "img", "aria-label": `Directions ${title}` });
  const point = (ring, turn) => {
    const angle = (2 * Math.PI * turn) / sectors;
    return `${((radius * ring) / rings * Math.cos(angle)).toFixed(2)} ${((-radius * ring) / rings * Math.sin(angle)).toFixed(2)}`;
  };
  for (const [ring, row] of rows.entries()) {
    for (const [turn, number] of row.entries()) {
      const [inner, outer] = [(radius * ring) / rings, (radius * (ring + 1)) / rings];
      const d = `M${point(ring, turn)}L${point(ring + 1, turn)}A${outer} ${outer} 0 0 0 ${point(ring + 1, turn + 1)}L${point(ring, turn + 1)}A${inner} ${inner} 0 0 1 ${point(ring, turn)}z`;
      const step = 90 / rings;
      const [low, high] = [90 - (ring + 1) * step, 90 - ring * step];
      const where = `elevation ${below ? -high : low} to ${below ? -low : high}°, azimuth ${(turn * 360) / sectors} to ${((turn + 1) * 360) / sectors}°`;
      const shade = number ? { class: "shade", "fill-opacity": shadeOf(number, most).toFixed(3) } : {};
      svg.append(draw("path", { class: "none", d }));
      svg.append(draw("path", { d, fill: "transparent", ...shade }, draw("title", {}, `${where}: ${count(number, "instance")}`)));
    }
  }
  svg.append(draw("text", { x: 95, y: 3 }, "x"), draw("text", { x: -2, y: -95 }, "y"));
  return make("div", {}, svg, title);
}

function sphere(everything, byClass) {
  const place = make("div");
  const show = (rows) => {
    const most = Math.max(...rows.flat());
    const half = rows.length / 2;
    const discs = make("div", { class: "discs" }, disc(rows.slice(0, half), most, "from above", false), disc(rows.slice(half).reverse(), most, "from below", true));
    place.replaceChildren(discs, scale(`${count(most, "instance")} in 15°`));
  };
  if (!everything.length) return [unknown()];
  show(everything);
  const names = Object.entries(byClass).filter(([, rows]) => rows.length).map(([name]) => name);
  if (names.length < 2) return [place];
  const pick = make("select", { "aria-label": "Class" }, make("option", { value: "" }, "all classes"), names.map((name, number) => make("option", { value: number }, name)));
  pick.addEventListener("change", () => show(pick.value === "" ? everything : byClass[names[Number(pick.value)]]));
  return [pick, place];
}

function drawnPlots(drawn) {
  const box = make("div", { class: "drawn-plots" });
  const same = [];
  for (const [path, found] of Object.entries(drawn.numbers)) {
    if (found.low === found.high) {
      same.push([path, withUnit(path, found.low)]);
      continue;
    }
    const show = (low, high) => (found.counts.length <= 21 && Number.isInteger(low + 0.5) && high - low === 1 ? withUnit(path, low + 0.5) : `${withUnit(path, low)} to ${withUnit(path, high)}`);
    const parts = columns(found, show, (low, high) => narrow({ path, low: low - Math.abs(low) * 1e-9, high: high + Math.abs(high) * 1e-9 }), "columns low");
    const ends = edgesUnder([withUnit(path, found.low), `mean ${withUnit(path, found.mean)}`, withUnit(path, found.high)]);
    box.append(make("section", { "data-path": path }, make("h3", {}, titleOf(path)), parts[0], ends));
  }
  for (const [path, found] of Object.entries(drawn.texts)) {
    if (Object.keys(found.counts).length === 1) {
      same.push([path, Object.keys(found.counts)[0]]);
      continue;
    }
    const listed = Object.keys(found.counts).length > 0;
    const contents = listed ? bars(found.counts, (word) => narrow({ path, words: [word] })) : make("p", { class: "dim" }, `${grouped(found.values)} values, too many different ones to list`);
    box.append(make("section", { "data-path": path }, make("h3", {}, titleOf(path)), contents));
  }
  if (same.length) {
    const lines = same.map(([path, value]) => make("li", {}, `${titleOf(path)}: ${value}`));
    box.append(make("section", { "data-path": "", class: "same" }, make("h3", {}, "The same wherever it was drawn"), make("ul", {}, lines)));
  }
  return box;
}

function statistics(place) {
  const found = DATA.statistics;
  const span = (unit, factor = 1) => (low, high) => `${digits(low * factor)} to ${digits(high * factor)}${unit}`;
  const classes = Object.fromEntries(Object.entries(found.classes).map(([name, entry]) => [name, entry.instances]));
  const inFrames = (name, number) => `${grouped(number)} in ${count(found.classes[name].frames, "frame")}`;
  const first = DATA.frames.find((frame) => frame.width);
  const hidden = found.unseen ? `; ${grouped(found.unseen)} more are labelled and not seen` : "";
  const all = `Of ${count(found.frames, "frame")}`;
  const shares = (data) => ({ edges: data.edges.map((edge) => 100 * edge), counts: data.counts });
  place.append(
    plot("Instances by class", `${all}: ${count(found.instances, "instance")}${hidden}`, bars(classes, (name) => narrow({ className: name }), inFrames)),
    plot("Instances in a frame", "Frames by the number of instances that they show", histogram(found.per_frame, (low) => digits(low))),
    plot("Size of boxes", "Side of a square of the same area, pixels", histogram(found.box_sides, span(" px"), null, " px")),
    plot("COCO's sizes", "Visible pixels: small below 32², large from 96² on", bars(found.sizes, (name) => narrow({ size: name }))),
    plot("Where boxes lie", "Share of the boxes that cover a place of the picture", heatMap(found.box_map, first ? first.width / first.height : 4 / 3)),
    plot("Directions of view", "Instances by where they are seen from, in the object's own frame", sphere(found.views, found.class_views)),
    plot("Visibility", "Share of an instance that nothing hides", histogram(shares(found.visibility), span(" %"), (low, high) => narrow({ visibility: [low, high] }), " %")),
    plot("Truncation", "Share of an instance outside of the picture", histogram(shares(found.truncation), span(" %"), null, " %")),
    plot("Brightness", `Mean luma of ${count(found.brightness_sample, "picture")}, 0 to 255`, histogram(found.brightness, span(""))),
  );
  if (Object.keys(found.redrawn).length) {
    place.append(plot("Drawn again", "Draws thrown away before those of the frames, by their reason", bars(found.redrawn)));
  }
  if (Object.keys(found.drawn.numbers).length + Object.keys(found.drawn.texts).length) {
    const search = make("input", { type: "search", placeholder: "Search the values", "aria-label": "Search the drawn values" });
    const plots = drawnPlots(found.drawn);
    search.addEventListener("input", () => {
      for (const one of plots.children) one.hidden = !one.dataset.path.toLowerCase().includes(search.value.toLowerCase());
    });
    place.append(plot("Drawn values", "What the recipe left to chance, of all frames and objects. A click shows such frames in the gallery.", [search, plots], "plot wide"));
  }
}

function problems(place) {
  const { frames, count: bad, others, others_count: more, checked } = DATA.problems;
  const everything = checked === DATA.sample.frames;
  place.append(make("p", { class: "notice" }, everything
    ? `All ${count(checked, "frame")} were read back and checked.`
    : `${count(checked, "frame")} of ${grouped(DATA.sample.frames)} were read back and checked; of the others, only their records and the sizes of their files are known.`));
  if (!bad && !more) place.append(make("p", {}, "Nothing is wrong with them."));
  if (more) place.append(make("h2", {}, `The dataset: ${count(more, "problem")}`), listed(others.map((text) => [text]), more));
  if (!bad) return;
  const line = (index, text) => [FRAMES.has(Number(index)) ? make("a", { href: `#/frame-${index}` }, `Frame ${index}`) : `Frame ${index}`, `: ${text}`];
  place.append(make("h2", {}, `Frames: ${count(bad, "frame")} with problems`), listed(Object.entries(frames).map(([index, text]) => line(index, text)), bad));
}

function listed(lines, total) {
  const rest = total > lines.length ? make("li", {}, `and ${grouped(total - lines.length)} more`) : "";
  return make("ul", { class: "problem-list" }, lines.map((line) => make("li", {}, line)), rest);
}
