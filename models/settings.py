"""Where everything lies, from the environment (设置)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Final

NAMES: Final = (
    "BANLI_HOME", "BANLI_DATABASE_URL", "PREFECT_API_URL", "BANLI_OFFICE", "BANLI_BASE_URL", "BANLI_SITE_URL"
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Settings:
    """`home` holds the data of one office; nothing is kept outside it."""

    home: Path
    database_url: str
    prefect_api_url: str | None
    """A Prefect server that already runs; None: banli starts one of its own."""
    office: str
    """What the office calls itself in letters and on the site."""
    base_url: str | None
    """Where people reach this office's pages, for links in notices."""
    site_url: str | None = None
    """Where the public site's folder is served, when not by these pages; published pages are then read back there."""

    @property
    def site(self) -> Path:
        """The public site's folder."""
        return self.home / "site"

    @property
    def site_address(self) -> str:
        """The public site's address, as its feeds and pages give it."""
        return self.site_url or f"{(self.base_url or 'http://127.0.0.1:8650').rstrip('/')}/site/"

    @property
    def mailbox(self) -> Path:
        """What was sent, when no channel is configured."""
        return self.home / "mailbox"

    @property
    def letters(self) -> Path:
        """Rendered letters."""
        return self.home / "letters"

    @property
    def letter_docx(self) -> Path:
        """The office's own .docx template, where it has one."""
        return self.home / "templates" / "letter.docx"

    @property
    def letter_typ(self) -> Path:
        """The office's own template for PDF, where it has one."""
        return self.home / "templates" / "letter.typ"

    @property
    def prefect_home(self) -> Path:
        """Prefect's own folder; the user's profile is never touched."""
        return self.home / "prefect"

    @property
    def clock(self) -> Path:
        """How far the clock was moved, for a demonstration or a rehearsal."""
        return self.home / "clock.json"


def settings_from(environ: Mapping[str, str]) -> Settings:
    """Read the settings: BANLI_HOME, BANLI_DATABASE_URL, PREFECT_API_URL, BANLI_OFFICE, BANLI_BASE_URL, BANLI_SITE_URL."""
    return _settings(tuple(environ.get(name) or None for name in NAMES), Path.cwd())


@lru_cache(maxsize=8)
def _settings(given: tuple[str | None, ...], folder: Path) -> Settings:
    """Made once for each environment: every page asks, and a path takes longer to resolve than a row to read."""
    home, database_url, prefect_api_url, office, base_url, site_url = given
    lies = (folder / Path(home or ".banli").expanduser()).resolve()
    return Settings(
        home=lies,
        database_url=database_url or f"sqlite:///{lies / 'banli.sqlite'}",
        prefect_api_url=prefect_api_url,
        office=office or "督办单位",
        base_url=base_url,
        site_url=site_url,
    )
