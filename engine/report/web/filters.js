// Which frames are shown, and in which order. Conditions on instances must hold for one and the same instance.
const LARGEST = 100;
const wanted = { classes: new Set(), sizes: new Set(), least: 0, most: LARGEST, drawn: new Map(), problems: false, number: "", order: "index" };

// By plain path, the numbers or texts that the frame drew for it.
const drawnOf = new Map(DATA.frames.map((frame) => {
  const values = new Map();
  for (const [path, value] of Object.entries(frame.drawn)) {
    const plain = plainPath(path);
    if (!values.has(plain)) values.set(plain, []);
    values.get(plain).push(value);
  }
  return [frame.index, values];
}));

function itemFits(item) {
  if (wanted.classes.size && !wanted.classes.has(item.class)) return false;
  if (wanted.sizes.size && !wanted.sizes.has(sizeOf(item))) return false;
  if (wanted.least <= 0 && wanted.most >= LARGEST) return true;
  const seen = item.visibility === undefined ? NaN : 100 * item.visibility;
  return seen >= wanted.least - 0.05 && seen <= wanted.most + 0.05;
}

function valueFits(condition, value) {
  if (condition.words) return condition.words.has(String(value));
  return value >= condition.low && value <= condition.high;
}

function fits(frame) {
  if (wanted.problems && !frame.problem) return false;
  if (wanted.number && !String(frame.index).startsWith(wanted.number)) return false;
  for (const [path, condition] of wanted.drawn) {
    if (!(drawnOf.get(frame.index).get(path) ?? []).some((value) => valueFits(condition, value))) return false;
  }
  // Nothing is seen of an instance without pixels, and so it has no size; yet its visibility is known: none.
  const items = wanted.least > 0 || wanted.sizes.size ? seenItems(frame) : frame.items;
  return !asksForItems() || items.some(itemFits);
}

const asksForItems = () => wanted.classes.size || wanted.sizes.size || wanted.least > 0 || wanted.most < LARGEST;

const least = (items, key) => Math.min(...items.map((item) => item[key]).filter((value) => value !== undefined), Infinity);
const fitting = (frame) => seenItems(frame).filter(itemFits);
const ORDERS = {
  index: ["number", (frame) => frame.index],
  "-seen": ["most objects first", (frame) => -seenItems(frame).length],
  seen: ["fewest objects first", (frame) => seenItems(frame).length],
  area: ["smallest object first", (frame) => least(fitting(frame), "area")],
  visibility: ["most hidden object first", (frame) => least(fitting(frame), "visibility")],
};
for (const path of Object.keys(DATA.statistics.drawn.numbers)) {
  const first = (frame) => Math.min(...(drawnOf.get(frame.index).get(path) ?? []), Infinity);
  ORDERS[`drawn ${path}`] = [titleOf(path), first];
}

function matching() {
  const key = ORDERS[wanted.order][1];
  return DATA.frames.filter(fits).map((frame) => [key(frame), frame]).sort((a, b) => a[0] - b[0] || a[1].index - b[1].index).map(([, frame]) => frame);
}

// The form

const controls = new Map();

function choices(title, names, chosen, numbers) {
  const box = make("div", { class: "choices" });
  for (const name of names) {
    const input = make("input", { type: "checkbox" });
    input.addEventListener("change", () => {
      if (input.checked) chosen.add(name);
      else chosen.delete(name);
      refresh();
    });
    controls.set(`${title} ${name}`, input);
    box.append(make("label", { class: "choice" }, input, make("span", {}, name), numbers ? make("span", { class: "number" }, grouped(numbers[name] ?? 0)) : ""));
  }
  return make("fieldset", {}, make("legend", {}, title), box);
}

function rangeOf(low, high, name, change) {
  const number = (limit, label) => make("input", { type: "number", step: "any", placeholder: limit, "aria-label": `${name}, ${label}`, on: { input: () => change() } });
  const ends = [number(low, "from"), number(high, "to")];
  return { ends, box: make("div", { class: "range" }, ends[0], "to", ends[1]) };
}

const entered = (input, otherwise) => (input.value.trim() === "" || Number.isNaN(Number(input.value)) ? otherwise : Number(input.value));

function countBy(key) {
  const numbers = Object.create(null);
  for (const frame of DATA.frames) for (const name of new Set(seenItems(frame).map(key))) numbers[name] = (numbers[name] ?? 0) + 1;
  return numbers;
}

let visibilityRange;
let drawnPlace;
let drawnChoice;

function filterForm(form) {
  form.addEventListener("submit", (event) => event.preventDefault());
  const find = make("input", { type: "search", inputmode: "numeric", placeholder: "Frame number", "aria-label": "Frame number", id: "find" });
  find.addEventListener("input", () => { wanted.number = find.value.trim(); refresh(); });
  controls.set("number", find);
  form.append(make("fieldset", {}, find));
  const byClass = countBy((item) => item.class);
  const classes = Object.keys(DATA.statistics.classes);
  if (classes.length) form.append(choices("Class", classes, wanted.classes, byClass));
  form.append(choices("Size", ["small", "medium", "large"], wanted.sizes, countBy(sizeOf)));
  visibilityRange = rangeOf(0, LARGEST, "Visibility in percent", () => {
    wanted.least = entered(visibilityRange.ends[0], 0);
    wanted.most = entered(visibilityRange.ends[1], LARGEST);
    refresh();
  });
  if (DATA.frames.some((frame) => frame.items.some((item) => item.visibility !== undefined))) {
    form.append(make("fieldset", {}, make("legend", {}, "Visibility, %"), visibilityRange.box));
  }
  const paths = [...Object.keys(DATA.statistics.drawn.numbers), ...Object.keys(DATA.statistics.drawn.texts)];
  if (paths.length) {
    drawnChoice = make("select", { "aria-label": "Add a drawn value" }, make("option", { value: "" }, "add a value …"), paths.map((path) => make("option", { value: path }, titleOf(path))));
    drawnChoice.addEventListener("change", () => {
      if (drawnChoice.value) addDrawn(drawnChoice.value);
      drawnChoice.value = "";
    });
    drawnPlace = make("div");
    form.append(make("fieldset", {}, make("legend", {}, "Drawn values"), drawnChoice, drawnPlace));
  }
  const bad = make("input", { type: "checkbox" });
  bad.addEventListener("change", () => { wanted.problems = bad.checked; refresh(); });
  controls.set("problems", bad);
  if (DATA.problems.count) form.append(make("fieldset", {}, make("label", { class: "choice" }, bad, make("span", {}, "only with a problem"))));
}

function addDrawn(path, low, high, words) {
  wanted.drawn.delete(path);
  drawnPlace.querySelector(`[data-path="${CSS.escape(path)}"]`)?.remove();
  const numbers = DATA.statistics.drawn.numbers[path];
  const remove = () => { wanted.drawn.delete(path); box.remove(); refresh(); };
  const head = make("header", {}, make("span", {}, titleOf(path)), make("button", { type: "button", class: "small", "aria-label": `Remove ${path}`, on: { click: remove } }, "×"));
  const box = make("div", { class: "drawn-one", "data-path": path }, head);
  if (numbers) {
    const condition = { low: low ?? -Infinity, high: high ?? Infinity };
    const range = rangeOf(digits(numbers.low), digits(numbers.high), path, () => {
      condition.low = entered(range.ends[0], -Infinity);
      condition.high = entered(range.ends[1], Infinity);
      refresh();
    });
    for (const [place, limit] of [low, high].entries()) if (limit !== undefined) range.ends[place].value = digits(limit, 6);
    wanted.drawn.set(path, condition);
    box.append(range.box);
    const unit = unitOf(path);
    if (unit) box.append(make("span", { class: "dim" }, unit));
  } else {
    const known = DATA.statistics.drawn.texts[path].counts;
    const texts = Object.keys(known).length ? Object.keys(known) : [...new Set(DATA.frames.flatMap((frame) => drawnOf.get(frame.index).get(path) ?? []))].sort();
    const condition = { words: new Set(words ?? texts) };
    wanted.drawn.set(path, condition);
    box.append(make("div", { class: "choices" }, texts.map((word) => {
      const input = make("input", { type: "checkbox" });
      input.checked = condition.words.has(word);
      input.addEventListener("change", () => { condition.words[input.checked ? "add" : "delete"](word); refresh(); });
      return make("label", { class: "choice" }, input, make("span", {}, word));
    })));
  }
  drawnPlace.append(box);
  refresh();
}

function clearFilters(quietly = false) {
  wanted.classes.clear();
  wanted.sizes.clear();
  Object.assign(wanted, { least: 0, most: LARGEST, problems: false, number: "" });
  wanted.drawn.clear();
  drawnPlace?.replaceChildren();
  for (const control of controls.values()) {
    if (control.type === "checkbox") control.checked = false;
    else control.value = "";
  }
  for (const end of visibilityRange.ends) end.value = "";
  if (!quietly) refresh();
}

// From a plot: that alone.
function narrow({ className, size, visibility, path, low, high, words }) {
  clearFilters(true);
  const tick = (name, set, value) => { set.add(value); controls.get(name).checked = true; };
  if (className !== undefined) tick(`Class ${className}`, wanted.classes, className);
  if (size !== undefined) tick(`Size ${size}`, wanted.sizes, size);
  if (visibility) {
    [wanted.least, wanted.most] = visibility.map((value) => Math.round(value));
    [visibilityRange.ends[0].value, visibilityRange.ends[1].value] = [wanted.least, wanted.most];
  }
  if (path !== undefined) addDrawn(path, low, high, words);
  refresh();
  openTab("gallery");
  at("count").scrollIntoView({ block: "center" });
}

function chips() {
  const made = [];
  const chip = (text, remove) => made.push(make("button", { type: "button", class: "chip", "aria-label": `Remove the filter ${text}`, on: { click: remove } }, `${text} ×`));
  const untick = (name) => () => controls.get(name).click();
  for (const name of wanted.classes) chip(name, untick(`Class ${name}`));
  for (const name of wanted.sizes) chip(name, untick(`Size ${name}`));
  if (wanted.least > 0 || wanted.most < LARGEST) {
    chip(`visible ${wanted.least} to ${wanted.most} %`, () => {
      [wanted.least, wanted.most] = [0, LARGEST];
      for (const end of visibilityRange.ends) end.value = "";
      refresh();
    });
  }
  for (const path of wanted.drawn.keys()) chip(titleOf(path), () => drawnPlace.querySelector(`[data-path="${CSS.escape(path)}"] button`).click());
  if (wanted.problems) chip("with a problem", untick("problems"));
  if (made.length > 1) made.push(make("button", { type: "button", class: "small", on: { click: () => clearFilters() } }, "Clear all"));
  return made;
}
