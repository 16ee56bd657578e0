"""The reference pages say what the declarations say."""

import pytest

from docs import generate


@pytest.mark.parametrize("name", generate.PAGES)
def test_the_page_is_up_to_date(name: str, bless: bool) -> None:
    file, text = generate.FOLDER / name, generate.PAGES[name]()
    if bless:
        file.write_text(text)
    assert file.read_text() == text, f"{file} is stale: make bless"


def test_every_page_of_the_reference_is_made_or_written_by_hand() -> None:
    by_hand = {"table.md", "admin.md"}
    assert {p.name for p in generate.FOLDER.glob("*.md")} == set(generate.PAGES) | by_hand
