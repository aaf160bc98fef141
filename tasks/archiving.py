"""A closed case as one file (归档包): everything on record but how to reach people, under a list of checksums.

The same case at the same entry gives the same records again, and `tasks/bundles.py` checks a bundle without any database.
"""

from __future__ import annotations

import hashlib
import io
import zipfile
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Connection, Table, select

from models import schema
from models.values.case import Case
from models.vocabulary import Stage
from notifications.pages import case_slug
from tasks.atomic import write_bytes
from tasks.bundles import CASE, FORMAT, HISTORY, MANIFEST, NOTICES, README, encoded, readme
from tasks.loading import CASES, chunked, load_cases
from tasks.replies import letter_path, sent_letters, write_letters

DONE: Final = (Stage.CLOSED, Stage.ARCHIVED)
AT_ONCE: Final = 100
_EPOCH: Final = (1980, 1, 1, 0, 0, 0)
"""A zip's oldest date: files carry no time of their own, so that the same content is the same bytes."""
_TOLD: Final = ("key", "kind", "recipient", "status", "created_at", "sent_at", "doubts")


@dataclass(frozen=True, slots=True)
class Bundled:
    """One bundle written: its case, its file, and the checksum of its list, to be kept elsewhere."""

    case: str
    path: Path
    manifest_sha256: str


def closed_cases(connection: Connection) -> list[int]:
    """Cases that are over."""
    return list(connection.scalars(select(CASES.c.id).where(CASES.c.stage.in_(DONE)).order_by(CASES.c.id)))


def archive(
    connection: Connection, ids: Iterable[int], folder: Path, *, letters: Path, site: Path
) -> Iterator[Bundled]:
    """Write a bundle for each case into the folder; `letters` and `site` are where letters and pages lie.

    Raises: UnavailableError when a file cannot be written.
    """
    for chunk in chunked(ids, AT_ONCE):
        write_letters(connection, chunk, letters)
        sent: dict[int, dict[str, Path]] = defaultdict(dict)
        for one in sent_letters(connection, chunk):
            path = letter_path(letters, one.addressees[0], one.case.letters[-1].draft_no)
            sent[one.case.id][f"letters/{path.parent.name}-{path.name}"] = path
        entries, notices = _rows(connection, schema.HISTORY, chunk), _rows(connection, schema.NOTICES, chunk)
        texts = _rows(connection, schema.PROPOSAL_TEXTS, chunk)
        for case in load_cases(connection, chunk, long=True).values():
            files = dict(_records(case, entries[case.id], notices[case.id], texts[case.id]))
            files |= {name: path.read_bytes() for name, path in sent[case.id].items()}
            files |= dict(_page(case, site))
            yield _write(case, files, folder)


def _rows(connection: Connection, table: Table, ids: list[int]) -> Mapping[int, list[dict[str, Any]]]:
    found: dict[int, list[dict[str, Any]]] = defaultdict(list)
    for one in connection.execute(
        select(table).where(table.c.case_id.in_(ids)).order_by(*table.primary_key)
    ).mappings():
        found[one["case_id"]].append(dict(one))
    return found


def _records(
    case: Case, entries: list[dict[str, Any]], notices: list[dict[str, Any]], texts: list[dict[str, Any]]
) -> Iterator[tuple[str, bytes]]:
    plain = asdict(case)
    plain["merged"] = [one.ref for one in case.merged]
    yield CASE, encoded(plain)
    yield HISTORY, b"".join(encoded(one, line=True) for one in entries)
    yield NOTICES, encoded([{name: one[name] for name in _TOLD} for one in notices])
    for one in texts:
        yield f"proposal/{one['version']}.txt", one["text"].encode()
    for draft in case.drafts:
        yield f"drafts/{draft.no}.txt", (draft.text or "").encode()


def _page(case: Case, site: Path) -> Iterator[tuple[str, bytes]]:
    page = site / "cases" / f"{case_slug(case.ref, case.number)}.html"
    if case.publications and case.publications[-1].path and page.is_file():
        yield "publication/page.html", page.read_bytes()


def _write(case: Case, files: dict[str, bytes], folder: Path) -> Bundled:
    files[README] = readme(case.ref, case.title).encode()
    manifest = encoded(
        {
            "format": FORMAT,
            "case": case.ref,
            "entries": case.history_length,
            "history_sha256": case.history_hash,
            "files": {name: hashlib.sha256(files[name]).hexdigest() for name in sorted(files)},
        }
    )
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as bundle:
        for name, data in [(README, files.pop(README)), (MANIFEST, manifest), *sorted(files.items())]:
            bundle.writestr(zipfile.ZipInfo(name, _EPOCH), data, zipfile.ZIP_DEFLATED)
    name = "".join(sign if sign.isalnum() or sign in "-_" else "_" for sign in case.ref)
    path = folder / f"{name}.zip"
    write_bytes(path, content.getvalue())
    return Bundled(case.ref, path, hashlib.sha256(manifest).hexdigest())
