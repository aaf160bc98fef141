"""Promises belong to a version of the reply"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_NEWEST = """
UPDATE promises SET draft_no = COALESCE(
    (SELECT MAX(letters.draft_no) FROM letters WHERE letters.case_id = promises.case_id),
    (SELECT MAX(drafts.no) FROM drafts WHERE drafts.case_id = promises.case_id),
    0)
"""
"""What was promised before versions were noted: by the newest letter, or by the newest version of the reply."""


def upgrade() -> None:
    with op.batch_alter_table("promises", schema=None) as batch_op:
        batch_op.add_column(sa.Column("draft_no", sa.Integer(), nullable=False, server_default="0"))
    op.execute(_NEWEST)
    with op.batch_alter_table("promises", schema=None) as batch_op:
        batch_op.alter_column("draft_no", existing_type=sa.Integer(), server_default=None)


def downgrade() -> None:
    with op.batch_alter_table("promises", schema=None) as batch_op:
        batch_op.drop_column("draft_no")
