"""The search index on disk: made whole a part at a time, or mended where a few pages changed; both give the same files."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Final

from notifications.pages import Entry
from notifications.search_index import (
    CHUNK,
    GROUPS,
    Moves,
    items_file,
    keys_in,
    meta_file,
    passes,
    patched,
    shard_files,
    shard_of,
    shard_path,
    shards_for,
)
from tasks.site_records import WordFiles
from tasks.site_versions import PUBLIC, NewVersion

MENDED: Final = 100
"""When more pages than this changed, the whole index is made anew: that is then faster."""


@dataclass(slots=True)
class Changes:
    """Which words went and came, collected while pages are made; given up when there are too many."""

    pages: int = 0
    moves: dict[str, Moves] = field(default_factory=dict)

    @property
    def too_many(self) -> bool:
        """Whether mending would cost more than making anew."""
        return self.pages > MENDED

    def add(self, place: int, before: Sequence[str], after: Sequence[str]) -> None:
        """A page that was found by some words is now found by others; either may be none."""
        self.pages += 1
        if self.too_many:
            self.moves.clear()
            return
        was = {key for group in before for key in keys_in(group)}
        now = {key for group in after for key in keys_in(group)}
        for key in was - now:
            self._move(key).gone.add(place)
        for key in now - was:
            self._move(key).come.add(place)

    def give_up(self) -> None:
        """Let the index be made anew."""
        self.pages = MENDED + 1
        self.moves.clear()

    def _move(self, key: str) -> Moves:
        return self.moves.setdefault(key, Moves(set(), set()))


def write_search(
    site: NewVersion, words: WordFiles, items: Sequence[Entry], *, postings: int, before: int, changes: Changes | None
) -> None:
    """The index of all pages; `before` is what the old version's postings came to, `changes` is None without one."""
    shards = shards_for(postings)
    mended = changes is not None and not changes.too_many and shards == shards_for(before)
    if not (mended and changes is not None and _mend(site, changes, shards)):
        _make(site, words, shards)
    chunks: dict[int, list[Entry]] = {}
    for item in sorted(items, key=lambda item: item.place):
        chunks.setdefault(item.place // CHUNK, []).append(item)
    for chunk, listed in chunks.items():
        key = "".join(item.digest for item in listed)
        site.make(f"{PUBLIC}search/items-{chunk}.js", key, partial(items_file, chunk, listed))
    site.write(f"{PUBLIC}search/meta.js", meta_file(items, shards))


def _mend(site: NewVersion, changes: Changes, shards: int) -> bool:
    """Patch the files that hold changed words, take over the others; False where one is not as it was written."""
    by_shard: dict[int, dict[str, Moves]] = {}
    for key, moves in changes.moves.items():
        by_shard.setdefault(shard_of(key, shards), {})[key] = moves
    texts = {shard: site.old_text(f"{PUBLIC}{shard_path(shard)}") for shard in by_shard}
    others = [shard for shard in range(shards) if shard not in by_shard]
    if None in texts.values() or not all(site.intact(f"{PUBLIC}{shard_path(shard)}") for shard in others):
        return False
    for shard, text in texts.items():
        site.write(f"{PUBLIC}{shard_path(shard)}", patched(text or "", shard, by_shard[shard]))
    for shard in others:
        site.keep(f"{PUBLIC}{shard_path(shard)}")
    return True


def _make(site: NewVersion, words: WordFiles, shards: int) -> None:
    count = passes(shards)
    for part in range(count):
        rows: Iterable[tuple[int, str]] = words.groups(range(part, GROUPS, count))
        for name, script in shard_files(rows, part, shards):
            site.write(f"{PUBLIC}{name}", script)
