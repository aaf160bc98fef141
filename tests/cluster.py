"""An office on several machines: the parts and settings of deployments/compose.yaml, each a process of this machine."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import signal
import socket
import socketserver
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import yaml
from sqlalchemy import create_engine, text

from deployments.processes import Child, Processes, answers, free_port

DEPLOYMENTS = Path(__file__).parents[1] / "deployments"
PARTS: dict[str, Any] = yaml.safe_load((DEPLOYMENTS / "compose.yaml").read_text("utf-8"))["services"]
BESIDE = Path(sys.executable).parent
"""Where the commands of this environment are."""


def until(holds: Callable[[], Any], what: str, *, seconds: float = 300) -> Any:
    """What `holds` answers, once it is true; asked seldom, so that asking costs the machine little."""
    end = time.monotonic() + seconds
    while not (found := holds()):
        assert time.monotonic() < end, f"{what}: not within {seconds:.0f} s"
        time.sleep(0.5)
    return found


def descendants(number: int) -> list[int]:
    """The processes this one has started, and theirs."""
    found: list[int] = []
    with suppress(OSError):
        for tasks in Path(f"/proc/{number}/task").glob("*/children"):
            for child in map(int, tasks.read_text().split()):
                found += [child, *descendants(child)]
    return found


class Postgres:
    """A server of Debian's package, which has the extension Prefect's database needs (pg_trgm); the wheels have not."""

    programs = max(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda one: int(one.parent.name), default=None)

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.owner: dict[str, Any] = {"user": "postgres", "group": "postgres"} if os.geteuid() == 0 else {}
        if self.owner:
            shutil.chown(folder, **self.owner)
        self._does("initdb", "--auth=trust", "--username=postgres", "--encoding=UTF8", "--no-locale", "--no-sync")
        self._does(
            "pg_ctl", "-w", "-o", f"-h '' -k {folder} -c max_connections=200", "-l", str(folder / "log"), "start"
        )

    def url(self, database: str) -> str:
        """Without its scheme; by socket."""
        return f"postgres@/{database}?host={self.folder}"

    def crash(self) -> None:
        """Every connection breaks, nothing is written down first, and it comes back by its log."""
        self._does("pg_ctl", "-w", "-m", "immediate", "-l", str(self.folder / "log"), "restart")

    def close(self) -> None:
        self._does("pg_ctl", "-w", "-m", "immediate", "stop")

    def _does(self, program: str, *words: str) -> None:
        assert self.programs is not None
        command = [str(self.programs / program), "-D", str(self.folder / "data"), *words]
        with (self.folder / "said").open("ab") as said:
            subprocess.run(command, check=True, cwd=self.folder, stdout=said, stderr=said, **self.owner)


class Proxy(socketserver.ThreadingTCPServer):
    """Passes each connection on to the next server that takes it, as any proxy does."""

    daemon_threads = True
    block_on_close = False

    def __init__(self, *ports: int) -> None:
        super().__init__(("127.0.0.1", 0), _Passing)
        self.ports, self.turn = ports, 0
        threading.Thread(target=self.serve_forever, daemon=True).start()

    @property
    def port(self) -> int:
        return int(self.server_address[1])


class _Passing(socketserver.BaseRequestHandler):
    def handle(self) -> None:
        proxy: Proxy = self.server  # type: ignore[assignment]
        proxy.turn += 1
        for place in range(len(proxy.ports)):
            with suppress(OSError):
                port = proxy.ports[(proxy.turn + place) % len(proxy.ports)]
                with socket.create_connection(("127.0.0.1", port), timeout=5) as behind:
                    behind.settimeout(None)
                    answering = threading.Thread(target=_pump, args=(behind, self.request), daemon=True)
                    answering.start()
                    _pump(self.request, behind)
                    answering.join()
                    return


def _pump(source: socket.socket, sink: socket.socket) -> None:
    with suppress(OSError):
        while data := source.recv(65536):
            sink.sendall(data)
    for end in (source, sink):
        with suppress(OSError):
            end.shutdown(socket.SHUT_RDWR)


class Receiver:
    """A robot that counts what it was sent, by message."""

    def __init__(self) -> None:
        self.ids: list[str] = []
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                receiver.ids.append(body["id"])
                self.send_response(200)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_words: Any) -> None:
                """Quiet."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    @property
    def times(self) -> Counter[str]:
        return Counter(self.ids)

    @property
    def url(self) -> str:
        return f"json://127.0.0.1:{self.server.server_port}/"


@dataclass
class Cluster:
    """The parts by name; `kill` is a machine that loses power, `start` one that is switched on."""

    folder: Path
    postgres: Postgres
    processes: Processes
    settings: dict[str, str]
    ports: dict[str, int]
    receiver: Receiver
    children: dict[str, Child] = field(default_factory=dict)

    def start(self, name: str, part: str = "") -> Child:
        """Start a part by the command compose.yaml has for it."""
        words = [str(word) for word in PARTS[part or name]["command"]]
        words = ["127.0.0.1" if word == "0.0.0.0" else word for word in words]
        if "--port" in words:
            words[words.index("--port") + 1] = str(self.ports[name])
        if words[:2] == ["banli", "web"]:
            words += ["--processes", "1"]  # there are two of them already
        command = (str(BESIDE / words[0]), *words[1:])
        own = {"PREFECT_HOME": str(self.folder / f"prefect-{name}")} if words[0] == "prefect" else {}
        self.children[name] = self.processes.start(name, command, **own)
        return self.children[name]

    def run(self, name: str) -> None:
        """Run a part that ends by itself."""
        child = self.start(name)
        assert child.process.wait(timeout=180) == 0, child.log.read_text()[-3000:]
        self.processes.children.remove(child)

    def at_work(self, *names: str) -> str:
        """The first of these that has something running, or the first."""
        return next((name for name in names if descendants(self.children[name].process.pid)), names[0])

    def kill(self, name: str) -> None:
        """-9 to it and everything it has started, in whichever group; held still first, so that nothing escapes."""
        child = self.children.pop(name)
        os.kill(child.process.pid, signal.SIGSTOP)
        for number in (*descendants(child.process.pid), child.process.pid):
            with suppress(ProcessLookupError):
                os.kill(number, signal.SIGKILL)
        child.process.wait()
        self.processes.children.remove(child)

    def ready(self, name: str, path: str) -> None:
        url = f"http://127.0.0.1:{self.ports[name]}{path}"
        self.processes.wait_until(lambda: answers(url), name, seconds=180)


def message_id(keys: list[str]) -> str:
    """The id of the message that carries these notices."""
    return hashlib.sha256("\n".join(sorted(keys)).encode()).hexdigest()[:32]


@contextmanager
def machines(folder: Path, home: Path) -> Iterator[Cluster]:
    """PostgreSQL, Redis and the proxies run; the parts are started by the test."""
    with ExitStack() as stack:
        # Not below pytest's folder, which is closed to PostgreSQL's user; short, for the name of its socket.
        data = stack.enter_context(tempfile.TemporaryDirectory(prefix="banli-pg-", dir="/tmp"))
        postgres = stack.enter_context(closing(Postgres(Path(data))))
        admin = create_engine(f"postgresql+psycopg://{postgres.url('postgres')}", isolation_level="AUTOCOMMIT")
        with admin.connect() as connection:
            for name in ("banli", "prefect"):
                connection.execute(text(f"CREATE DATABASE {name}"))
        admin.dispose()
        ports = {name: free_port(0) for name in ("redis", "prefect-api-1", "prefect-api-2", "web-1", "web-2")}
        receiver = Receiver()
        api = Proxy(ports["prefect-api-1"], ports["prefect-api-2"])
        pages = Proxy(ports["web-1"], ports["web-2"])
        for server in (receiver.server, api, pages):
            stack.callback(server.server_close)
            stack.callback(server.shutdown)
        settings = _settings(DEPLOYMENTS / "env.example") | {
            "BANLI_DATABASE_URL": f"postgresql://{postgres.url('banli')}",
            "PREFECT_SERVER_DATABASE_CONNECTION_URL": f"postgresql+asyncpg://{postgres.url('prefect')}",
            "PREFECT_REDIS_MESSAGING_URL": f"redis://127.0.0.1:{ports['redis']}/0",
            "PREFECT_REDIS_WORKER_CLEANUP_QUEUE_URL": f"redis://127.0.0.1:{ports['redis']}/0",
            "PREFECT_SERVER_DOCKET_URL": f"redis://127.0.0.1:{ports['redis']}/1",
            "PREFECT_API_URL": f"http://127.0.0.1:{api.port}/api",
            "BANLI_BASE_URL": f"http://127.0.0.1:{pages.port}",
            "BANLI_HOME": str(home),
            **{f"BANLI_NOTIFY_{who}": receiver.url for who in ("OFFICE", "AGENCY", "PROPOSER", "DEFAULT")},
            "BANLI_LOG_FORMAT": "json",
            "PREFECT_LOGGING_LEVEL": "INFO",
            "PREFECT_WORKER_QUERY_SECONDS": "2",
        }
        processes = stack.enter_context(Processes(folder / "logs", settings))
        redis = shutil.which("redis-server") or "redis-server"
        words = ("--port", str(ports["redis"]), "--bind", "127.0.0.1", "--save", "", "--dir", str(folder))
        processes.start("redis", (redis, *words))
        yield Cluster(folder, postgres, processes, settings, ports, receiver)


def _settings(file: Path) -> dict[str, str]:
    lines = [line.partition("=") for line in file.read_text("utf-8").splitlines() if line and not line.startswith("#")]
    return {name: value for name, _, value in lines}
