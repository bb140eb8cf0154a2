"""docs/recipes.md tells what the recipe's fields say."""

from __future__ import annotations

from pathlib import Path

from engine.recipe.schema import schema_markdown, settings

DOCUMENT = Path(__file__).parents[2] / "docs" / "recipes.md"


def test_the_table_of_settings_is_up_to_date() -> None:
    text = DOCUMENT.read_text(encoding="utf-8")
    table = text.partition("<!-- settings -->\n")[2].partition("<!-- /settings -->")[0]
    assert table == schema_markdown(), "put the output of `python -m engine.recipe.schema` into docs/recipes.md"


def test_every_setting_is_explained() -> None:
    assert all(len(setting.info.doc) > 8 for setting in settings())
