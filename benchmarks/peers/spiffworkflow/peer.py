"""N proposals as SpiffWorkflow instances: a BPMN process of fifteen manual tasks, saved after each transition.

SpiffWorkflow runs in memory and leaves saving to the application: here, as in its own example application, the
serialised instance goes to SQLite in one transaction with the audit row, every time something was done. An action is
done to a thousand proposals in one transaction, as ours does.
"""

import json
import resource
import sqlite3
import sys
import time
from itertools import pairwise
from pathlib import Path

from SpiffWorkflow.bpmn import BpmnWorkflow
from SpiffWorkflow.bpmn.parser import BpmnParser
from SpiffWorkflow.bpmn.serializer import BpmnWorkflowSerializer
from SpiffWorkflow.util.task import TaskState

count, folder, names = int(sys.argv[1]), Path(sys.argv[2]), json.loads(sys.argv[3])
TEXT = "建议" * 1250
CHUNK = 1_000
SPACE = "http://www.omg.org/spec/BPMN/20100524/MODEL"


def bpmn() -> bytes:
    nodes = ["start", *(f"t{n}" for n in range(len(names))), "end"]
    tasks = "".join(
        f'<manualTask id="t{n}" name="{name}"><incoming>f{n}</incoming><outgoing>f{n + 1}</outgoing></manualTask>'
        for n, name in enumerate(names)
    )
    flows = "".join(
        f'<sequenceFlow id="f{n}" sourceRef="{one}" targetRef="{two}"/>' for n, (one, two) in enumerate(pairwise(nodes))
    )
    ends = (
        f'<startEvent id="start"><outgoing>f0</outgoing></startEvent>'
        f'<endEvent id="end"><incoming>f{len(names)}</incoming></endEvent>'
    )
    return (
        f'<definitions xmlns="{SPACE}" targetNamespace="peer"><process id="proposal" isExecutable="true">'
        f"{ends}{tasks}{flows}</process></definitions>"
    ).encode()


(folder / "proposal.bpmn").write_bytes(bpmn())
parser = BpmnParser()
parser.add_bpmn_file(str(folder / "proposal.bpmn"))
spec = parser.get_spec("proposal")
serializer = BpmnWorkflowSerializer(BpmnWorkflowSerializer.configure())
db = sqlite3.connect(folder / "spiff.sqlite", isolation_level=None)
db.executescript(
    "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;"
    "CREATE TABLE instance (id TEXT PRIMARY KEY, state TEXT);"
    "CREATE TABLE proposal (id TEXT PRIMARY KEY, text TEXT);"
    "CREATE TABLE audit (proposal TEXT, seq INTEGER, action TEXT, at REAL, PRIMARY KEY (proposal, seq));"
)


def receive(proposal: str) -> None:
    workflow = BpmnWorkflow(spec)
    workflow.do_engine_steps()
    db.execute("INSERT INTO proposal VALUES (?, ?)", (proposal, TEXT))
    db.execute("INSERT INTO instance VALUES (?, ?)", (proposal, serializer.serialize_json(workflow)))


def act(proposal: str, seq: int) -> bool:
    """One action: the instance is read, moved on and saved, as when months lie between two actions."""
    (state,) = db.execute("SELECT state FROM instance WHERE id = ?", (proposal,)).fetchone()
    workflow = serializer.deserialize_json(state)
    (task,) = workflow.get_tasks(state=TaskState.READY, manual=True)
    task.run()
    workflow.do_engine_steps()
    name = task.task_spec.bpmn_name
    db.execute("INSERT INTO audit VALUES (?, ?, ?, ?)", (proposal, seq, name, time.time()))
    db.execute("UPDATE instance SET state = ? WHERE id = ?", (serializer.serialize_json(workflow), proposal))
    return bool(workflow.is_completed())


def cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


wall, used, done = time.perf_counter(), cpu(), 0
for begin in range(0, count, CHUNK):
    batch = [str(number) for number in range(begin, min(begin + CHUNK, count))]
    for seq in range(len(names) + 1):
        db.execute("BEGIN IMMEDIATE")
        for proposal in batch:
            if seq == 0:
                receive(proposal)
            else:
                done += act(proposal, seq)
        db.execute("COMMIT")
wall, used = time.perf_counter() - wall, cpu() - used
rows = db.execute("SELECT count(*) FROM audit").fetchone()[0]
assert (done, rows) == (count, count * len(names)), (done, rows)
print(json.dumps({"wall": wall, "cpu": used, "rows": rows}))
