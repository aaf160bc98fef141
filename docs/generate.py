"""Writes the pages of docs/ that are read off the product itself, so that they cannot disagree with it.

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

PAGES: dict[str, Callable[[], str]] = {
    "lifecycle.md": page_lifecycle.page,
    "messages.md": page_messages.page,
    "packs.md": page_packs.page,
    "commands.md": page_commands.page,
}
"""Each generated page and what makes it."""


def main() -> None:
    """Write what has changed."""
    for name, make in PAGES.items():
        text = make()
        target = HERE / name
        if not target.exists() or target.read_text(encoding="utf-8") != text:
            target.write_text(text, encoding="utf-8")
            print(f"docs/{name}")


if __name__ == "__main__":
    main()
