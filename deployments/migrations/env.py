"""Alembic's entry: the connection comes from the caller, the schema from the records."""

from __future__ import annotations

from typing import Any, Literal

from alembic import context
from sqlmodel import AutoString, SQLModel

import models.columns
import models.tables


def plain(kind: str, item: Any, _context: Any) -> str | Literal[False]:
    """Write database types, not ours: a migration must not change when a vocabulary does."""
    if kind != "type":
        return False
    if isinstance(item, models.columns.UtcDateTime):
        return "sa.DateTime(timezone=True)"
    if isinstance(item, (models.columns.Word, AutoString)):
        return f"sa.String(length={item.length or 32})"
    return False


connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=SQLModel.metadata,
    render_as_batch=connection.dialect.name == "sqlite",
    compare_type=True,
    render_item=plain,
)
with context.begin_transaction():
    context.run_migrations()
