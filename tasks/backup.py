"""Copies of everything that cannot be made again (备份、恢复), safe while the office works."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import sqlite3
import subprocess
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from sqlalchemy import make_url

from models.errors import Fault, InputError, UnavailableError
from models.settings import Settings
from tasks.atomic import write_text

MANIFEST: Final = "manifest.json"
CASES_SQLITE: Final = "banli.sqlite"
CASES_DUMP: Final = "banli.pgdump"
PREFECT_SQLITE: Final = "prefect/prefect.db"
_NO_ROOM_BESIDE: Final = ("SQLITE_CANTOPEN", "SQLITE_IOERR", "SQLITE_READONLY", "SQLITE_FULL")
_MADE_AGAIN: Final = frozenset({"site", "logs", "prefect", "running.json", "up.lock", "prefect.deploy.yaml"})
"""What of the home is written anew by itself; the databases are copied by their own means."""


@dataclass(frozen=True, slots=True)
class Backup:
    """A backup: its folder, when it was made, its files with their checksums."""

    folder: Path
    made_at: datetime
    files: dict[str, str]

    @property
    def size_bytes(self) -> int:
        """All files together."""
        return sum((self.folder / name).stat().st_size for name in self.files)


def back_up(found: Settings, folder: Path, *, at: datetime) -> Backup:
    """Copy databases and files into an empty or new folder; it is whole once its manifest is there.

    Raises: InputError when the folder holds something; UnavailableError when a database cannot be copied.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise InputError(Fault(str(folder), "已有内容", "请指定一个新的或空的目录。"))
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o700)
    _copy_cases(found, folder)
    prefect = found.home / PREFECT_SQLITE
    if prefect.exists():
        _copy_sqlite(prefect, folder / PREFECT_SQLITE)
    for one in found.home.iterdir() if found.home.is_dir() else ():
        if one.name in _MADE_AGAIN or one.name.startswith(CASES_SQLITE) or one.resolve() == folder.resolve():
            continue
        if one.is_dir():
            shutil.copytree(one, folder / one.name)
        else:
            shutil.copy2(one, folder / one.name)
    files = {name: _sha256(folder / name) for name in _names(folder)}
    manifest = {"made_at": at.isoformat(), "files": files}
    write_text(folder / MANIFEST, json.dumps(manifest, ensure_ascii=False, indent=1))
    return Backup(folder, at, files)


def read_backup(folder: Path) -> Backup:
    """A backup whose files are all as they were made. Raises: InputError naming the first that is not."""
    try:
        told = json.loads((folder / MANIFEST).read_text("utf-8"))
        made_at, files = datetime.fromisoformat(told["made_at"]), dict(told["files"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise InputError(Fault(str(folder), f"不是完整的备份（没有可读的 {MANIFEST}）", "请另选一份备份。")) from error
    for name, wanted in files.items():
        file = folder / name
        if Path(name).is_absolute() or ".." in Path(name).parts or not file.is_file() or _sha256(file) != wanted:
            raise InputError(Fault(str(file), "缺失或与备份时不同", "请另选一份备份。"))
    return Backup(folder, made_at, files)


def restore(found: Settings, made: Backup, *, aside: Path | None) -> None:
    """Put a backup in the place of the home; what is there now is moved `aside` whole.

    Raises: InputError when the home holds cases and nothing says where to put them.
    """
    if found.home.exists() and any(found.home.iterdir()):
        if aside is None:
            remedy = "确实要恢复，请加 --replace；现有的数据会整个移到旁边，不会删除。"
            raise InputError(Fault(str(found.home), "数据目录里已有内容", remedy))
        found.home.rename(aside)
    for name in made.files:
        if name != CASES_DUMP:
            target = found.home / name
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(made.folder / name, target)
    if CASES_DUMP in made.files:
        options = ("--clean", "--if-exists", "--no-owner", "--single-transaction")
        _run("pg_restore", *options, str(made.folder / CASES_DUMP), database=found.database_url)


def _copy_cases(found: Settings, folder: Path) -> None:
    if found.database_url.startswith("sqlite"):
        file = Path(found.database_url.partition(":///")[2])
        if not file.exists():
            raise InputError(Fault(str(file), "没有案件数据库", "请检查 BANLI_HOME。"))
        _copy_sqlite(file, folder / CASES_SQLITE)
    else:
        _run("pg_dump", "--format=custom", f"--file={folder / CASES_DUMP}", database=found.database_url)


def _copy_sqlite(file: Path, target: Path) -> None:
    """SQLite's own copy: one consistent moment, while others read and write."""
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        _copy_by_sqlite(file, target)
        with closing(sqlite3.connect(target)) as copy:
            copy.execute("PRAGMA journal_mode=DELETE")
            (said,) = copy.execute("PRAGMA integrity_check").fetchone()
    except (sqlite3.Error, OSError) as error:
        raise UnavailableError(Fault(str(file), f"备份不了（{error}）", "请检查磁盘空间和文件权限后重试。")) from error
    if said != "ok":
        raise UnavailableError(Fault(str(file), "数据库文件已损坏", "请运行 banli doctor，并保留以前的备份。"))


def _copy_by_sqlite(file: Path, target: Path) -> None:
    """Or, where SQLite cannot make its files beside the database (a full or read-only disk), the files themselves.

    Nobody can write there then; what stands in the log is taken in when the copy is opened.
    """
    try:
        with closing(sqlite3.connect(file, timeout=30)) as source, closing(sqlite3.connect(target)) as copy:
            source.backup(copy)
    except sqlite3.OperationalError as error:
        if not error.sqlite_errorname.startswith(_NO_ROOM_BESIDE):
            raise
        target.unlink(missing_ok=True)
        for ending in ("", "-wal"):
            part = file.with_name(file.name + ending)
            if part.exists():
                shutil.copyfile(part, target.with_name(target.name + ending))


def _run(program: str, *options: str, database: str) -> None:
    """Run one of PostgreSQL's own tools; whoever lists the processes of this machine sees no password."""
    if shutil.which(program) is None:
        remedy = f"请安装 PostgreSQL 客户端（Debian：apt install postgresql-client），或在数据库机器上运行 {program}。"
        raise UnavailableError(Fault("", f"没有找到 {program}", remedy))
    url = make_url(database).set(drivername="postgresql")
    secret = {"PGPASSWORD": url.password} if isinstance(url.password, str) else {}
    named = url._replace(password=None).render_as_string()
    done = subprocess.run(  # noqa: S603 - the database's own tool
        [program, *options, f"--dbname={named}"], capture_output=True, text=True, check=False, env=os.environ | secret
    )
    if done.returncode:
        why = (done.stderr.strip().splitlines() or [""])[-1]
        raise UnavailableError(Fault("", f"{program} 没有办成：{why}", "请检查 BANLI_DATABASE_URL 和数据库后重试。"))


def _names(folder: Path) -> Iterator[str]:
    return (str(one.relative_to(folder)) for one in sorted(folder.rglob("*")) if one.is_file())


def _sha256(file: Path) -> str:
    with file.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()
