// What everything else uses: the data, and elements made without any HTML, so that texts are never more than texts.
const DATA = JSON.parse(document.getElementById("data").textContent);
const SVG = "http://www.w3.org/2000/svg";
const at = (id) => document.getElementById(id);

function fill(node, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (value === undefined || value === null || value === false) continue;
    if (name === "on") for (const [event, does] of Object.entries(value)) node.addEventListener(event, does);
    else if (name === "style") for (const [key, one] of Object.entries(value)) node.style.setProperty(key, one);
    else node.setAttribute(name, value === true ? "" : String(value));
  }
  node.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== ""));
  return node;
}
const make = (tag, attributes = {}, ...children) => fill(document.createElement(tag), attributes, children);
const draw = (tag, attributes = {}, ...children) => fill(document.createElementNS(SVG, tag), attributes, children);

const grouped = (number) => number.toLocaleString("en").replaceAll(",", "\u00a0");
const count = (number, thing) => `${grouped(number)} ${thing}${number === 1 ? "" : "s"}`;
const percent = (share) => `${Math.round(share * 1000) / 10}\u00a0%`;

function digits(value, most = 3) {
  if (value === 0) return "0";
  if (Number.isInteger(value) && Math.abs(value) < 1e6) return String(value);
  if (Math.abs(value) < 1e-3 || Math.abs(value) >= 1e6) return value.toExponential(most - 1);
  return value.toFixed(Math.max(0, most - 1 - Math.floor(Math.log10(Math.abs(value)))));
}

// Values drawn for several objects of a kind are taken together: `objects[0][1].yaw` is `objects[0].yaw`.
const plainPath = (path) => path.replaceAll(/\]\[\d+\]/g, "]");
function titleOf(path) {
  const kind = DATA.kinds[Number(/^objects\[(\d+)\]/.exec(path)?.[1])];
  return kind === undefined ? path : `${path} (${kind})`;
}
const unitOf = (path) => DATA.units[plainPath(path)] ?? "";
function withUnit(path, value) {
  if (typeof value !== "number") return String(value);
  const unit = unitOf(path);
  return unit === "°" ? `${digits(value)}°` : unit ? `${digits(value)}\u00a0${unit}` : digits(value);
}

const rgb = ([r, g, b]) => `rgb(${r} ${g} ${b})`;
const colorOf = (id) => DATA.colors[(id - 1) % DATA.colors.length];
// As people see it (relative luminance): dark ink on light colours, and the other way round.
function inkOn(color) {
  const [r, g, b] = color.map((c) => (c / 255 <= 0.04 ? c / 255 / 12.92 : ((c / 255 + 0.055) / 1.055) ** 2.4));
  return 0.2126 * r + 0.7152 * g + 0.0722 * b > 0.179 ? "#101216" : "#fafafa";
}
const ownColors = (id) => ({ "--own": rgb(colorOf(id)), "--on-own": inkOn(colorOf(id)) });

const FRAMES = new Map(DATA.frames.map((frame) => [frame.index, frame]));
const seenItems = (frame) => frame.items.filter((item) => item.area > 0);
const sizeOf = (item) => (item.area < DATA.sizes[0] ? "small" : item.area < DATA.sizes[1] ? "medium" : "large");

function kept(name, value) {
  // Where a browser lets no page keep anything, nothing is kept.
  try {
    if (value !== undefined) localStorage.setItem(`dataset-studio-${name}`, value);
    return localStorage.getItem(`dataset-studio-${name}`);
  } catch {
    return null;
  }
}
