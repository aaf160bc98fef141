"""A link can be revoked and another sent in its place"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from models.columns import UtcDateTime

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("action_links", schema=None) as batch_op:
        batch_op.add_column(sa.Column("revoked_at", UtcDateTime(), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("action_links", schema=None) as batch_op:
        batch_op.drop_column("revoked_at")
