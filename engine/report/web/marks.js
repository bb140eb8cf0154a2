// Overlays: SVG over the picture, in the frame's own pixels; lines keep their width at any size. Names are HTML.
const OVERLAYS = [
  { id: "masks", key: "m", title: "Masks", on: true, there: (item) => item.mask },
  { id: "boxes", key: "b", title: "Boxes", on: true, there: (item) => item.box },
  { id: "oriented", key: "r", title: "Oriented boxes", on: false, there: (item) => item.oriented },
  { id: "names", key: "n", title: "Names", on: true, there: (item) => item.box },
  { id: "whole", key: "a", title: "Whole shapes", on: false, there: (item) => item.whole || item.whole_box },
  { id: "box3d", key: "B", title: "3D boxes", on: false, there: (item) => item.front },
  { id: "pose", key: "p", title: "Poses", on: false, there: (item) => item.axes },
  { id: "keypoints", key: "K", title: "Keypoints", on: true, there: (item) => item.points },
].filter((overlay) => DATA.frames.some((frame) => frame.items.some((item) => overlay.there(item))));
const ALWAYS = { id: "always", key: "o", title: "Always shown", on: !matchMedia("(hover: hover)").matches };

function toggle(overlay, on = !overlay.on) {
  overlay.on = on;
  const name = overlay === ALWAYS ? "always" : `no-${overlay.id}`;
  document.body.classList.toggle(name, overlay === ALWAYS ? on : !on);
  for (const button of document.querySelectorAll(`button[data-overlay="${overlay.id}"]`)) {
    button.setAttribute("aria-pressed", String(on));
  }
}

function overlayButtons(place, overlays) {
  for (const overlay of overlays) {
    const hint = `${overlay.title}: ${overlay.key}`;
    const attributes = {
      type: "button", class: overlay === ALWAYS && "always", "data-overlay": overlay.id, title: hint, "aria-keyshortcuts": overlay.key,
      on: { click: () => toggle(overlay) },
    };
    place.append(make("button", attributes, overlay.title));
  }
}

const rectangle = (box, name) =>
  draw("rect", { class: name, x: box[0], y: box[1], width: box[2], height: box[3] });

function itemTitle(item) {
  const parts = [`${item.class} ${item.id}`, `${grouped(item.area)} px`];
  if (item.visibility !== undefined) parts.push(`${percent(item.visibility)} visible`);
  if (item.truncation) parts.push(`${percent(item.truncation)} outside`);
  return parts.join(" · ");
}

function markOf(item) {
  const group = draw("g", { style: ownColors(item.id), "data-id": item.id }, draw("title", {}, itemTitle(item)));
  if (item.whole) group.append(draw("path", { class: "whole", d: item.whole }));
  if (item.mask) group.append(draw("path", { class: "mask", d: item.mask }));
  if (item.whole_box) group.append(rectangle(item.whole_box, "whole-box"));
  if (item.box) group.append(rectangle(item.box, "box"));
  if (item.oriented) {
    const [x, y, width, height, angle] = item.oriented;
    const box = rectangle([x - width / 2, y - height / 2, width, height], "oriented");
    box.setAttribute("transform", `rotate(${angle} ${x} ${y})`);
    group.append(box);
  }
  if (item.back) group.append(draw("path", { class: "box3d back", d: item.back }));
  if (item.front) group.append(draw("path", { class: "box3d", d: item.front }));
  for (const [number, d] of (item.axes ?? []).entries()) {
    if (d) group.append(draw("path", { class: "axis", d, style: { stroke: rgb(DATA.axes[number]) } }));
  }
  if (item.bones) group.append(draw("path", { class: "points", d: item.bones }));
  for (const [u, v, seen, name] of item.points ?? []) {
    const title = draw("title", {}, `${name ?? "keypoint"}${seen ? "" : ", hidden"}`);
    group.append(draw("path", { class: `points point ${seen ? "" : "hidden"}`, d: `M${u} ${v}h.01` }, title));
  }
  return group;
}

// Far ones first, as they hide nothing; where no distance is known, large ones.
const farFirst = (a, b) => (b.distance ?? b.area) - (a.distance ?? a.area);

function marks(frame) {
  const items = [...frame.items].sort(farFirst);
  const svg = draw("svg", { viewBox: `0 0 ${frame.width} ${frame.height}`, preserveAspectRatio: "none" }, items.map(markOf));
  svg.setAttribute("role", "img");
  svg.setAttribute("aria-label", `Overlays: ${items.map((item) => item.class).join(", ") || "none"}`);
  const names = make("span", { class: "names", "aria-hidden": "true" });
  for (const item of items.filter((one) => one.box)) {
    const [x, y] = item.box;
    const place = { left: `${(100 * x) / frame.width}%`, top: `${(100 * Math.max(y, 0)) / frame.height}%` };
    const high = y / frame.height > 0.08;
    names.append(make("span", { class: high ? "name" : "name below", style: { ...place, ...ownColors(item.id) }, "data-id": item.id }, `${item.class} ${item.id}`));
  }
  return [svg, names];
}

function picture(frame, alternative) {
  const box = make("span", { class: "frame", style: { "aspect-ratio": `${frame.width ?? 4} / ${frame.height ?? 3}` } });
  if (!frame.picture) return fill(box, {}, [make("span", { class: "missing" }, "no picture")]);
  box.append(make("img", { src: frame.picture, alt: alternative, loading: "lazy", decoding: "async" }));
  return box;
}

// One instance stands out, or none does.
function choose(box, id) {
  for (const mark of box.querySelectorAll("[data-id]")) {
    const own = mark.dataset.id === String(id);
    mark.classList.toggle("others", id !== null && !own);
    mark.classList.toggle("chosen", own);
  }
}
