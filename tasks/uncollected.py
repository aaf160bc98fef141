"""A batch without the cycle collector (暂缓回收).

A batch makes tens of thousands of small values that all live until it is written, and none of them refers back to
itself. Python's collector would look through them again and again and find nothing: a fifth of the batch's time.
"""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def uncollected() -> Iterator[None]:
    """Leave the collector off for one batch; what it drops is freed by its reference count as ever.

    Threads may overlap: only one that found the collector on turns it on again, so it never stays off.
    """
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()
