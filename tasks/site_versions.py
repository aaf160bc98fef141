"""The public site as versions (版本): a new one is made beside the one that is read, and then takes its place at once.

    site/
      .site/current -> 8        the one that is read; turned in a single step
      .site/8/public/…          what the public reads
      .site/8/records/…         what the next writing must know: what each file was made of
      .site/lock                one writer at a time
      index.html -> .site/current/public/index.html, and so for every other name; these never change

Files that stay the same are shared by both versions (hard links), so a new version costs what it changes. A full disk or
a killed process leaves the old version as it is; what it left behind is cleared by the next writing.
"""

from __future__ import annotations

import fcntl
import json
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from models.errors import Fault, UnavailableError
from notifications.durable import sync_folder

STORE: Final = ".site"
PUBLIC: Final = "public/"
RECORDS: Final = "records/"
_CURRENT: Final = "current"
_LOCK: Final = "lock"
_TURNING: Final = "turning"
_FILES: Final = "records/files.json"
_SYNCED_SINGLY: Final = 200
"""More new files than this are synced with the rest of the machine's: one call, and far faster."""

Known = tuple[str, int, int]
"""What a file was made of, its size, and when it was written (ns): a file somebody changed by hand is seen."""


class NewVersion:
    """The version being written. Names are paths below it, `public/…` or `records/…`."""

    def __init__(self, store: Path, old: Path | None) -> None:
        self._old = old
        self._root = store / str(int(old.name) + 1 if old else 1)
        self._known: dict[str, Known] = _known(old) if old else {}
        self._files: dict[str, Known] = {}
        self._folders: set[str] = set()
        self._new: list[str] = []

    @property
    def written(self) -> list[str]:
        """Public files that are not as they were."""
        return [name for name in self._new if name.startswith(PUBLIC)]

    @property
    def removed(self) -> list[str]:
        """Public files that are no longer there."""
        return [name for name in self._known if name.startswith(PUBLIC) and name not in self._files]

    @property
    def unchanged(self) -> int:
        """How many public files stayed as they were."""
        return sum(name.startswith(PUBLIC) for name in self._files) - len(self.written)

    def path(self, name: str) -> Path:
        """Where a file of this version lies until it takes its place."""
        return self._root / name

    def keep(self, name: str, key: str | None = None) -> bool:
        """Take a file over from the old version if it is still as written there, and made of `key` where one is given."""
        known = self._known.get(name)
        if known is None or (key is not None and known[0] != key):
            return False
        if name not in self._files:
            if not self.intact(name):
                return False
            self._link(f"{self._old}/{name}", name)
            self._files[name] = known
        return True

    def intact(self, name: str) -> bool:
        """Whether the old version's file is there as it was written."""
        known = self._known.get(name)
        if known is None:
            return False
        try:
            found = os.stat(f"{self._old}/{name}")  # noqa: PTH116  # thousands of files: a Path costs more than the call
        except FileNotFoundError:
            return False
        return (found.st_size, found.st_mtime_ns) == known[1:]

    def make(self, name: str, key: str, recipe: Callable[[], str]) -> None:
        """A file made of what `key` stands for: taken over when that has not changed, else made."""
        if not self.keep(name, key):
            self.write(name, recipe(), key)

    def write(self, name: str, text: str, key: str = "") -> None:
        """Put a file in, unless the old version's says the same."""
        content = text.encode()
        path = self._path_of(name)
        if name in self._files:  # taken over, and now known to be otherwise
            Path(path).unlink()
        if self._old is not None and _content(f"{self._old}/{name}") == content:
            self._link(f"{self._old}/{name}", name)
        else:
            handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o644)
            with os.fdopen(handle, "wb") as file:
                file.write(content)
                os.fchmod(file.fileno(), 0o644)  # whatever the umask says: a web server must be able to read it
            self._new.append(name)
        made = os.stat(path)  # noqa: PTH116
        self._files[name] = (key, made.st_size, made.st_mtime_ns)

    def old_text(self, name: str) -> str | None:
        """What the old version's file says; None where it is not as it was written."""
        content = _content(f"{self._old}/{name}") if self.intact(name) else None
        return None if content is None else content.decode()

    def take_place(self) -> bool:
        """Let this version be the one that is read; not needed where nothing changed."""
        if self._old is not None and not self._new and self._files.keys() == self._known.keys():
            return False
        self.write(_FILES, json.dumps({name: known for name, known in self._files.items() if name != _FILES}))
        self._sync()
        store = self._root.parent
        _turn(store / _CURRENT, self._root.name)
        sync_folder(store)
        for name in sorted(os.listdir(self._root / PUBLIC)):  # noqa: PTH208
            _show(store.parent, name)
        if self._old is not None:
            # Readers may be on their way to a file of the old version; what must no longer be read goes at once.
            for name in (*self._new, *(name for name in self._known if name not in self._files)):
                (self._old / name).unlink(missing_ok=True)
        return True

    def discard(self) -> None:
        """Leave nothing of it."""
        shutil.rmtree(self._root, ignore_errors=True)

    def _path_of(self, name: str) -> str:
        folder = name.rpartition("/")[0]
        if folder not in self._folders:
            (self._root / folder).mkdir(parents=True, exist_ok=True)
            self._folders.add(folder)
        return f"{self._root}/{name}"

    def _link(self, path: str, name: str) -> None:
        target = self._path_of(name)
        try:
            os.link(path, target)
        except PermissionError:  # a file system without hard links
            shutil.copy2(path, target)

    def _sync(self) -> None:
        if len(self._new) > _SYNCED_SINGLY:
            os.sync()
            return
        for name in self._new:
            with (self._root / name).open("rb") as file:
                os.fsync(file.fileno())


@contextmanager
def new_version(folder: Path) -> Iterator[NewVersion]:
    """A new version of the site at `folder`; it takes its place when the block ends well. A second writer waits.

    Raises: UnavailableError when the disk is full or not writable; the old version is then untouched.
    """
    try:
        with _only_writer(folder):
            store = folder / STORE
            old = _current(store)
            _clear(store, old)
            new = NewVersion(store, old)
            placed = False
            try:
                yield new
                placed = new.take_place()
            finally:
                if not placed:
                    new.discard()
    except OSError as error:
        what = f"公开网站没有写成（{error.strerror or error}），原有网站未被改动"
        raise UnavailableError(Fault(str(folder), what, "请检查磁盘空间和目录权限后重试。")) from error


@contextmanager
def _only_writer(folder: Path) -> Iterator[None]:
    """Wait until no other process writes this site; the lock falls with the process that holds it."""
    (folder / STORE).mkdir(parents=True, exist_ok=True)
    with (folder / STORE / _LOCK).open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _current(store: Path) -> Path | None:
    link = store / _CURRENT
    target = store / link.readlink() if link.is_symlink() else None
    return target if target is not None and target.is_dir() else None


def _clear(store: Path, old: Path | None) -> None:
    """Remove what is neither the version that is read nor the lock."""
    for path in store.iterdir():
        if path == old or path.name == _LOCK or (path.name == _CURRENT and old is not None):
            continue
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink()


def _known(old: Path) -> dict[str, Known]:
    try:
        read = json.loads((old / _FILES).read_bytes())
        return {name: (str(key), int(size), int(at)) for name, (key, size, at) in read.items()}
    except (FileNotFoundError, ValueError, TypeError, AttributeError):
        return {}  # everything is made anew


def _turn(link: Path, target: str) -> None:
    """Point a symbolic link elsewhere in one step."""
    turning = link.parent / _TURNING
    turning.unlink(missing_ok=True)
    turning.symlink_to(target)
    turning.replace(link)


def _show(folder: Path, name: str) -> None:
    """See that `name` in the site's folder leads to the version that is read; files of an earlier layout give way."""
    shown, target = folder / name, f"{STORE}/{_CURRENT}/{PUBLIC}{name}"
    if shown.is_symlink() and str(shown.readlink()) == target:
        return
    link = folder / STORE / _TURNING
    link.unlink(missing_ok=True)
    link.symlink_to(target)
    if shown.is_dir() and not shown.is_symlink():
        before = folder / STORE / f"before-{name}"
        shown.rename(before)
        link.rename(shown)
        shutil.rmtree(before)
    else:
        link.replace(shown)


def _content(path: str) -> bytes | None:
    try:
        with open(path, "rb") as file:  # noqa: PTH123
            return file.read()
    except FileNotFoundError:
        return None
