"""The collector rests during a batch and never stays off, whatever happens and whoever overlaps."""

import gc

import pytest

from tasks.uncollected import uncollected


def test_the_collector_rests_and_comes_back():
    with uncollected():
        assert not gc.isenabled()
    assert gc.isenabled()


def test_it_comes_back_after_an_error():
    with pytest.raises(ValueError, match="broken"), uncollected():
        raise ValueError("broken")
    assert gc.isenabled()


def test_two_that_overlap_leave_it_on():
    first, second = uncollected(), uncollected()
    first.__enter__()
    second.__enter__()
    first.__exit__(None, None, None)
    assert gc.isenabled()
    second.__exit__(None, None, None)
    assert gc.isenabled()
