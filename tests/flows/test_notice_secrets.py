"""Keys of the notice routes kept in a Prefect Secret block."""

from __future__ import annotations

import pytest
from prefect.blocks.system import Secret

from flows.notices import SECRETS, routes_secrets
from models.errors import InputError


@pytest.fixture
def block(prefect_server):
    """Keep a value in the block for one test."""

    def keep(value):
        Secret(value=value).save(SECRETS, overwrite=True)

    yield keep
    Secret.delete(SECRETS)


def test_without_a_block_nothing_is_filled_in(prefect_server):
    assert routes_secrets() == {}


@pytest.mark.parametrize("value", ['{"KEY": "abc"}', {"KEY": "abc"}])
def test_the_block_names_what_fills_the_routes(block, value):
    block(value)
    assert routes_secrets() == {"KEY": "abc"}


@pytest.mark.parametrize("value", ["abc", "[1]"])
def test_a_block_that_holds_something_else_is_refused_with_its_name(block, value):
    block(value)
    with pytest.raises(InputError, match="banli-notify"):
        routes_secrets()
