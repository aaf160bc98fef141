"""Posts say when their run ended; what pages turned away is kept.

Revision ID: 0002
Revises: 0001
"""

import sqlalchemy as sa
from alembic import op

from models.columns import UtcDateTime

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("posts") as batch_op:
        batch_op.add_column(sa.Column("run_at", UtcDateTime(timezone=True), nullable=True))
        batch_op.drop_index("ix_posts_done_at")
        batch_op.create_index("ix_posts_run_at", ["run_at"])
        batch_op.create_index("ix_posts_token", ["token_sha256", "received_at"])
    op.execute("UPDATE posts SET run_at = done_at")
    op.create_table(
        "attempts",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("at", UtcDateTime(timezone=True), nullable=False),
        sa.Column("address", sa.String(60), nullable=False),
        sa.Column("what", sa.String(40), nullable=False),
        sa.Column("token_hint", sa.String(8), nullable=False),
    )
    with op.batch_alter_table("attempts") as batch_op:
        batch_op.create_index("ix_attempts_address_at", ["address", "at"])
        batch_op.create_index("ix_attempts_at", ["at"])


def downgrade() -> None:
    op.drop_table("attempts")
    with op.batch_alter_table("posts") as batch_op:
        batch_op.drop_index("ix_posts_token")
        batch_op.drop_index("ix_posts_run_at")
        batch_op.create_index("ix_posts_done_at", ["done_at"])
        batch_op.drop_column("run_at")
