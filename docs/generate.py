"""Writes the pages of docs/ that are read off the product itself, and the tables that are read off their declaration,
so that they cannot disagree with it.

Run by `make docs`; `tests/test_docs.py` fails while a committed page differs from what this makes.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE))

import page_commands  # noqa: E402 - beside this file, which is no package
import page_lifecycle  # noqa: E402
import page_messages  # noqa: E402
import page_packs  # noqa: E402
import page_proofreading  # noqa: E402
import page_schema  # noqa: E402

PAGES: dict[str, Callable[[], str]] = {
    "lifecycle.md": page_lifecycle.page,
    "messages.md": page_messages.page,
    "packs.md": page_packs.page,
    "commands.md": page_commands.page,
    "proofreading.md": page_proofreading.page,
    "../models/schema.py": page_schema.page,
}
"""Each generated file and what makes it."""

READMES = ("README.md", "README.zh-CN.md")
BEGIN, END = "<!-- main way: made by docs/generate.py -->", "<!-- end -->"


def readme(text: str) -> str:
    """A README with the main way through the life cycle drawn anew between its marks."""
    before, _, rest = text.partition(BEGIN)
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}\n{page_lifecycle.main_way()}\n{END}{after}"


def made() -> dict[Path, str]:
    """Every file this writes, as it should be now."""
    pages = {(HERE / name).resolve(): make() for name, make in PAGES.items()}
    return pages | {HERE.parent / name: readme((HERE.parent / name).read_text("utf-8")) for name in READMES}


def main() -> None:
    """Write what has changed."""
    for target, text in made().items():
        if not target.exists() or target.read_text(encoding="utf-8") != text:
            target.write_text(text, encoding="utf-8")
            print(target.relative_to(HERE.parent))


if __name__ == "__main__":
    main()
