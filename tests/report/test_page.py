"""The page, opened in a browser and clicked through: what it shows is what the records say."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from engine.dataset import layout
from engine.dataset.read import Dataset
from studio.cli import run
from tests.coco_factory import make_coco
from tests.factory import make_dataset

type Visit = Callable[..., Any]

COUNT = 12


@pytest.fixture(scope="module")
def balls(tmp_path_factory: pytest.TempPathFactory) -> Dataset:
    """Twelve frames, of which one has no picture; half of them show one class only."""
    root = tmp_path_factory.mktemp("data") / "balls"
    make_dataset(root, 6, instances=3, passes=())
    make_dataset(root, 6, start=6, instances=1, passes=())
    (root / layout.image_path(4, "png")).unlink()
    return Dataset.open(root)


@pytest.fixture(scope="module")
def page_file(balls: Dataset, tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("page") / "balls.html"
    assert run(["report", str(balls.root), "--out", str(file)]) == 0
    return file


def shown(page: Any) -> list[int]:
    """The frames in the gallery, in their order."""
    found: list[int] = page.eval_on_selector_all(".card", "cards => cards.map(card => Number(card.dataset.index))")
    return found


def opacity(page: Any, selector: str) -> float:
    page.wait_for_timeout(250)  # the transition
    return float(page.eval_on_selector(selector, "node => getComputedStyle(node).opacity"))


def test_overlays_appear_on_hover_and_can_be_switched(balls: Dataset, page_file: Path, visit: Visit) -> None:
    page = visit(page_file)
    assert shown(page) == list(range(COUNT))
    assert page.inner_text("#sample") == f"The gallery shows all {COUNT} frames."
    overlay = '.card[data-index="2"] svg'
    assert opacity(page, overlay) == 0
    page.hover('.card[data-index="2"]')
    assert opacity(page, overlay) == 1
    seen = [item for item in balls.record(2).instances if item.area]
    boxes = page.eval_on_selector_all(
        f"{overlay} .box", "all => all.map(b => ['x', 'y', 'width', 'height'].map(n => Number(b.getAttribute(n))))"
    )
    assert sorted(map(tuple, boxes)) == sorted(item.bbox for item in seen if item.bbox)
    names = page.locator('.card[data-index="2"] .name').all_inner_texts()
    assert sorted(names) == sorted(f"{item.class_name} {item.instance_id}" for item in seen)
    assert page.is_visible(f"{overlay} .mask >> nth=0")
    page.click('#overlays button:has-text("Masks")')
    assert not page.is_visible(f"{overlay} .mask >> nth=0")
    page.keyboard.press("m")
    assert page.is_visible(f"{overlay} .mask >> nth=0")
    assert not page.is_visible(f"{overlay} .box3d >> nth=0")
    page.keyboard.press("B")
    assert page.is_visible(f"{overlay} .box3d >> nth=0")
    assert not page.is_visible(f"{overlay} .oriented >> nth=0")
    page.keyboard.press("r")
    assert page.locator(f"{overlay} .oriented").count() == len(seen)
    points = [point for item in balls.record(2).instances for point in item.keypoints or () if point.visibility]
    assert page.locator(f"{overlay} .point").count() == len(points) > 0
    hidden = [point for point in points if point.visibility == 1]
    assert page.locator(f"{overlay} .point.hidden").count() == len(hidden)
    page.hover("h1")
    assert opacity(page, overlay) == 0
    page.keyboard.press("o")
    assert opacity(page, overlay) == 1


def test_a_mask_on_the_page_covers_the_pixels_of_the_record(balls: Dataset, page_file: Path, visit: Visit) -> None:
    """Asked of the browser, pixel by pixel: all but those at the outline, from which the path may stray a little."""
    from engine.annotate.masks import decode_mask

    page = visit(page_file)
    item = balls.record(2).instances[0]
    assert item.mask is not None
    covered = decode_mask(item.mask)
    page.wait_for_selector('.card[data-index="2"] svg')
    inside = page.evaluate(
        """([id, width, height]) => {
            const path = document.querySelector(`.card[data-index="2"] g[data-id="${id}"] .mask`);
            const point = path.ownerSVGElement.createSVGPoint();
            const found = [];
            for (let v = 0; v < height; v++) for (let u = 0; u < width; u++) {
                [point.x, point.y] = [u + 0.5, v + 0.5];
                found.push(path.isPointInFill(point));
            }
            return found;
        }""",
        [item.instance_id, covered.shape[1], covered.shape[0]],
    )
    wrong = sum(a != b for a, b in zip(inside, covered.ravel().tolist(), strict=True))
    assert covered.sum() > 300
    assert wrong < 0.04 * covered.sum()


def test_filters_leave_the_frames_that_fit(balls: Dataset, page_file: Path, visit: Visit) -> None:
    records = {index: balls.record(index) for index in range(COUNT)}
    page = visit(page_file)

    def those(fits: Callable[[Any], bool]) -> list[int]:
        return [index for index, record in records.items() if any(map(fits, record.instances))]

    page.check('.choice:has-text("bowl") input')
    bowls = those(lambda item: item.class_name == "bowl" and item.area)
    assert 0 < len(bowls) < COUNT
    assert shown(page) == bowls
    mark = f'.card[data-index="{bowls[0]}"] g'
    page.wait_for_selector(mark, state="attached")
    classes = {item.instance_id: item.class_name for item in records[bowls[0]].instances}
    for number, name in classes.items():
        dimmed = page.eval_on_selector(f'{mark}[data-id="{number}"]', "node => node.classList.contains('others')")
        assert dimmed == (name != "bowl"), "what was asked for stands out"
    assert page.inner_text("#count") == f"{len(bowls)} of {COUNT} frames"
    hidden = those(lambda item: item.class_name == "bowl" and item.area and item.visibility < 0.9)
    page.fill('input[aria-label="Visibility in percent, to"]', "90")
    assert shown(page) == hidden
    page.click('#chips button:has-text("Clear all")')
    assert shown(page) == list(range(COUNT))
    page.select_option('select[aria-label="Add a drawn value"]', "camera.azimuth")
    page.fill('input[aria-label="camera.azimuth, to"]', "180")
    west = [index for index, record in records.items() if record.spec.drawn["camera.azimuth"] <= 180]
    assert 0 < len(west) < COUNT
    assert shown(page) == west
    page.click('#chips button:has-text("camera.azimuth")')
    page.select_option("#order", "-seen")
    counts = {index: sum(item.area > 0 for item in record.instances) for index, record in records.items()}
    assert shown(page) == sorted(records, key=lambda index: (-counts[index], index))


def test_a_bar_of_a_plot_shows_its_frames(balls: Dataset, page_file: Path, visit: Visit) -> None:
    page = visit(page_file)
    page.keyboard.press("2")
    assert page.is_visible("#statistics")
    text = page.inner_text("#statistics")
    seen = [item for record in balls.iter_records() for item in record.instances if item.area]
    assert f"{len(seen)} instances" in text
    titles = page.locator("#statistics h2").all_inner_texts()
    assert {"Instances by class", "Where boxes lie", "Directions of view", "Visibility", "Brightness"} <= set(titles)
    assert len(page.query_selector_all("#statistics .map rect")) == 32 * 24
    page.click('#statistics .rows button:has-text("bowl")')
    assert page.is_visible("#gallery")
    assert shown(page) == [record.index for record in balls.iter_records() if _has(record, "bowl")]


def _has(record: Any, name: str) -> bool:
    return any(item.class_name == name and item.area for item in record.instances)


def test_problems_lead_to_their_frames(balls: Dataset, page_file: Path, visit: Visit) -> None:
    page = visit(page_file)
    assert page.inner_text("#tab-problems") == "Problems (1)"
    page.click("#tab-problems")
    assert f"All {COUNT} frames were read back" in page.inner_text("#problems")
    page.click('#problems a:has-text("Frame 4")')
    page.wait_for_selector("#viewer[open]")
    assert page.inner_text("#viewer-problem") == "picture: it is missing"
    assert page.inner_text("#stage") == "no picture"
    assert page.url.endswith("#/frame-4")


def test_the_keyboard_alone_will_do(balls: Dataset, page_file: Path, visit: Visit) -> None:
    page = visit(page_file, "#/frame-6")
    page.wait_for_selector("#viewer[open]")
    assert page.inner_text("#viewer-title") == f"Frame 6 · 160 × 120 px · 7 of {COUNT}"
    page.keyboard.press("ArrowRight")
    assert page.inner_text("#viewer-title").startswith("Frame 7 ")
    page.fill("#viewer-search", "elev")
    assert page.locator("#viewer-drawn tr").count() == 1
    elevation = balls.record(7).spec.drawn["camera.elevation"]
    assert page.inner_text("#viewer-drawn td >> nth=1") == f"{elevation:.1f}°"
    row = page.locator("#viewer-objects tbody tr").first
    row.focus()
    page.keyboard.press("Enter")
    assert row.get_attribute("aria-selected") == "true"
    assert page.locator("#stage g.chosen").count() == 1
    page.keyboard.press("Escape")
    assert not page.is_visible("#viewer")
    focused = "document.activeElement.dataset.index"
    assert page.evaluate(focused) == "7"
    page.keyboard.press("ArrowRight")
    assert page.evaluate(focused) == "8"
    page.keyboard.press("Enter")
    assert page.inner_text("#viewer-title").startswith("Frame 8 ")
    page.keyboard.press("Escape")
    page.keyboard.press("/")
    page.keyboard.type("11")
    page.wait_for_function("document.querySelectorAll('.card').length === 1")
    assert shown(page) == [11]


@pytest.mark.parametrize(("scheme", "dark"), [("light", False), ("dark", True)])
def test_it_fits_a_phone_in_both_colours(page_file: Path, visit: Visit, scheme: str, dark: bool) -> None:
    page = visit(page_file, viewport={"width": 360, "height": 740}, color_scheme=scheme, has_touch=True, is_mobile=True)
    for tab in ("gallery", "statistics", "problems"):
        page.click(f"#tab-{tab}")
        assert page.evaluate("document.documentElement.scrollWidth") <= 360, tab
    paper = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert (sum(map(int, paper.strip("rgb()").split(","))) < 200) is dark
    page.click("#tab-gallery")
    assert opacity(page, ".card svg") == 1, "there is no hovering, so overlays are always shown"


def test_names_and_values_stay_texts(tmp_path: Path, visit: Visit) -> None:
    """Names of classes and files that would be scripts, if any were taken for HTML."""
    images, file = make_coco(tmp_path)
    evil = "</script><script>window.hacked=1</script><img src=x onerror='window.hacked=2'>{{script}}<!--"
    content = json.loads(file.read_text())
    content["categories"][0]["name"] = evil
    content["categories"][1]["name"] = "__proto__"
    content["images"][0]["file_name"] = "<b onmouseover=window.hacked=3>.png"
    file.write_text(json.dumps(content))
    out = tmp_path / "report.html"
    assert run(["report", str(images), "--coco", str(file), "--out", str(out)]) == 0
    page = visit(out)
    assert page.evaluate("window.hacked") is None
    assert evil in page.inner_text("#filters")
    page.click("#tab-statistics")
    assert evil in page.inner_text("#statistics")
    page.click("#tab-problems")
    assert "<b onmouseover=window.hacked=3>.png" in page.inner_text("#problems")
    page.click("#problems a")
    page.wait_for_selector("#viewer[open]")
    page.keyboard.press("Escape")
    page.check('.choice:has-text("__proto__") input')
    assert shown(page) == [3, 9]
    assert page.evaluate("window.hacked") is None
    assert page.locator("script, b, img[src=x]").count() == 2, "the two scripts of the page itself"
