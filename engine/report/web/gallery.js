// The frames that fit, some at a time; overlays are made for those in view.
const STEP = 48;
let shown = [];
let drawnCards = 0;

const inView = new IntersectionObserver((entries) => {
  for (const entry of entries) {
    if (!entry.isIntersecting) continue;
    inView.unobserve(entry.target);
    const frame = FRAMES.get(Number(entry.target.dataset.index));
    if (!frame.picture) continue;
    const box = entry.target.querySelector(".frame");
    box.append(...marks(frame));
    // What was asked for stands out.
    if (asksForItems()) for (const item of frame.items.filter((one) => !itemFits(one))) {
      for (const mark of box.querySelectorAll(`[data-id="${item.id}"]`)) mark.classList.add("others");
    }
  }
}, { rootMargin: "300px" });

function card(frame) {
  const seen = seenItems(frame);
  const names = [...new Set(seen.map((item) => item.class))].join(", ");
  const about = `Frame ${frame.index}: ${names || "no objects"}${frame.problem ? `; ${frame.problem}` : ""}`;
  const button = make("button", { type: "button", class: `card${frame.problem ? " bad" : ""}`, "data-index": frame.index, "aria-label": about, on: { click: () => openFrame(frame.index) } },
    picture(frame, ""),
    make("span", { class: "caption" }, make("span", {}, `Frame ${frame.index}`), make("span", {}, count(seen.length, "object"))),
    frame.problem ? make("span", { class: "problem" }, frame.problem) : "");
  inView.observe(button);
  return make("li", {}, button);
}

function showMore() {
  const next = shown.slice(drawnCards, drawnCards + STEP);
  at("cards").append(...next.map(card));
  drawnCards += next.length;
  const rest = shown.length - drawnCards;
  at("more").hidden = rest === 0;
  at("more").textContent = `Show ${Math.min(rest, STEP)} more of ${grouped(rest)}`;
}

function refresh() {
  shown = matching();
  drawnCards = 0;
  inView.disconnect();
  at("cards").replaceChildren();
  const all = DATA.frames.length;
  at("count").textContent = shown.length === all ? count(all, "frame") : `${grouped(shown.length)} of ${count(all, "frame")}`;
  at("chips").replaceChildren(...chips());
  showMore();
}

// Arrows move among the cards as they lie.
function moveFocus(event) {
  const cards = [...at("cards").querySelectorAll(".card")];
  const place = cards.indexOf(document.activeElement);
  if (place < 0) return false;
  const across = cards.filter((one) => one.offsetTop === cards[0].offsetTop).length;
  const steps = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: across, ArrowUp: -across, Home: -place, End: cards.length - 1 - place };
  if (!(event.key in steps)) return false;
  const target = cards[place + steps[event.key]];
  if (target) target.focus();
  return true;
}
