"""N proposals as Viewflow processes: a flow class of a start and fourteen handles, each task a row of its own.

Viewflow writes a Task row for each step (who, when, status), which is its audit; the text stands on the Process. A step
is taken by a thousand proposals in one transaction, as ours does.
"""

import json
import resource
import sys
import time
from pathlib import Path

import django
from django.conf import settings

count, folder, names = int(sys.argv[1]), Path(sys.argv[2]), json.loads(sys.argv[3])
TEXT = "建议" * 1250
CHUNK = 1_000
settings.configure(
    INSTALLED_APPS=["django.contrib.auth", "django.contrib.contenttypes", "viewflow", "viewflow.workflow", "proposals"],
    DATABASES={
        "default": {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": folder / "viewflow.sqlite",
            "OPTIONS": {
                "transaction_mode": "IMMEDIATE",
                "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL",
            },
        }
    },
    USE_TZ=True,
    SECRET_KEY="benchmark",
)
django.setup()

from django.core.management import call_command  # noqa: E402
from django.db import transaction  # noqa: E402
from proposals.flows import STEPS, Handling  # noqa: E402
from viewflow.workflow import STATUS  # noqa: E402
from viewflow.workflow.models import Process, Task  # noqa: E402

call_command("migrate", verbosity=0)
assert len(names) == STEPS, names


def cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def begin(_: int) -> int:
    return int(Handling.act0.run(text=TEXT).pk)


def act(process: int, n: int) -> None:
    node = getattr(Handling, f"act{n}")
    node.run(Task.objects.get(process_id=process, flow_task=node, status=STATUS.NEW))


wall, used = time.perf_counter(), cpu()
for first in range(0, count, CHUNK):
    with transaction.atomic():
        batch = [begin(number) for number in range(first, min(first + CHUNK, count))]
    for n in range(1, len(names)):
        with transaction.atomic():
            for process in batch:
                act(process, n)
wall, used = time.perf_counter() - wall, cpu() - used
done = Process.objects.filter(status=STATUS.DONE).count()
rows = Task.objects.exclude(flow_task_type="END").filter(status=STATUS.DONE).count()
assert (done, rows) == (count, count * len(names)), (done, rows)
print(json.dumps({"wall": wall, "cpu": used, "rows": rows}))
