"""An office's own holiday notices (放假通知), each replaced one kept: `<year>.toml` is in force, `versions/` holds the rest."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from models.workdays import CalendarYear
from tasks.atomic import write_text
from tasks.calendars import read_year, year_files

VERSIONS: Final = "versions"


@dataclass(frozen=True, slots=True)
class Kept:
    """A notice as it was put in force: its number among those of its year, and whether it was in force already."""

    year: int
    number: int
    path: Path
    replaced: tuple[Path, ...]
    """Copies of what it took the place of."""
    known: bool

    @property
    def batch(self) -> str:
        """The name of this occasion; the same when the same notice is loaded again."""
        return f"calendar:{self.year}.{self.number}"


def keep(source: Path, notice: CalendarYear, folder: Path) -> Kept:
    """Put a checked notice in force; loading the one in force again changes nothing.

    Raises: UnavailableError when the folder cannot be written.
    """
    text = source.read_text(encoding="utf-8")
    path = folder / f"{notice.year}.toml"
    if not folder.is_dir():
        folder.mkdir(parents=True)
    own = [file for file in year_files(folder) if read_year(file).year == notice.year]
    known = own == [path] and path.read_text(encoding="utf-8") == text
    replaced = () if known else tuple(_put_aside(file, notice.year, folder) for file in own)
    if not known:
        write_text(path, text)
        for file in own:
            if file != path:
                file.unlink()
    return Kept(notice.year, len(_versions(folder, notice.year)) + 1, path, replaced, known)


def _put_aside(file: Path, year: int, folder: Path) -> Path:
    """A copy of what is in force; one that was interrupted after copying is not copied twice."""
    text, earlier = file.read_text(encoding="utf-8"), _versions(folder, year)
    if earlier and earlier[-1].read_text(encoding="utf-8") == text:
        return earlier[-1]
    target = folder / VERSIONS / f"{year}.{len(earlier) + 1}.toml"
    write_text(target, text)
    return target


def _versions(folder: Path, year: int) -> list[Path]:
    """The replaced notices of a year, oldest first."""
    found = {}
    for file in (folder / VERSIONS).glob(f"{year}.*.toml"):
        if match := re.fullmatch(rf"{year}\.(\d+)", file.stem):
            found[int(match[1])] = file
    return [found[number] for number in sorted(found)]
