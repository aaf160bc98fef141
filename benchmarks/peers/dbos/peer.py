"""N proposals as DBOS workflows: one durable workflow each, fifteen steps, an audit row in each step.

`step` has DBOS checkpoint the step beside a row the application writes itself, which is what its documentation shows
for work outside DBOS's own database.
"""

import json
import resource
import sqlite3
import sys
import time
from pathlib import Path

from dbos import DBOS

count, folder, names = int(sys.argv[1]), Path(sys.argv[2]), json.loads(sys.argv[3])
TEXT = "建议" * 1250
DBOS(config={"name": "peer", "system_database_url": f"sqlite:///{folder}/dbos.sqlite", "log_level": "ERROR"})
audit = sqlite3.connect(folder / "audit.sqlite", isolation_level=None, check_same_thread=False)
audit.executescript(
    "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;"
    "CREATE TABLE proposal (id TEXT PRIMARY KEY, text TEXT);"
    "CREATE TABLE audit (proposal TEXT, seq INTEGER, action TEXT, at REAL, PRIMARY KEY (proposal, seq));"
)


@DBOS.step()
def act(proposal: str, seq: int, name: str) -> str:
    audit.execute("INSERT OR IGNORE INTO audit VALUES (?, ?, ?, ?)", (proposal, seq, name, time.time()))
    return name


@DBOS.workflow()
def handle(proposal: str, text: str) -> str:
    audit.execute("INSERT OR IGNORE INTO proposal VALUES (?, ?)", (proposal, text))
    for seq, name in enumerate(names, start=1):
        act(proposal, seq, name)
    return "办结"


DBOS.launch()
handle("warm", TEXT)


def cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


wall, used = time.perf_counter(), cpu()
for number in range(count):
    handle(str(number), TEXT)
wall, used = time.perf_counter() - wall, cpu() - used
rows = audit.execute("SELECT count(*) FROM audit WHERE proposal <> 'warm'").fetchone()[0]
DBOS.destroy()
assert rows == count * len(names), rows
print(json.dumps({"wall": wall, "cpu": used, "rows": rows}))
