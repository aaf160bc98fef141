"""What a delivery leaves in doubt, and the addresses that bounce"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("notices", schema=None) as batch_op:
        batch_op.add_column(sa.Column("handed_over_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("doubts", sa.Integer(), server_default="0", nullable=False))
        batch_op.add_column(sa.Column("interruptions", sa.Integer(), server_default="0", nullable=False))
    op.execute("UPDATE notices SET doubts = 1 WHERE error LIKE '此前一次发送结果不明，可能重复。%'")
    op.create_table(
        "bounces",
        sa.Column("address", sa.String(length=200), nullable=False),
        sa.Column("recipient", sa.String(length=160), nullable=False),
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("code", sa.Integer(), nullable=False),
        sa.Column("said", sa.Text(), nullable=False),
        sa.Column("bounced_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("times", sa.Integer(), nullable=False),
        sa.Column("cleared_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_bounces_case_id")),
        sa.PrimaryKeyConstraint("address", name=op.f("pk_bounces")),
    )
    with op.batch_alter_table("bounces", schema=None) as batch_op:
        batch_op.create_index("ix_bounces_recipient", ["recipient"], unique=False)


def downgrade() -> None:
    op.drop_table("bounces")
    with op.batch_alter_table("notices", schema=None) as batch_op:
        batch_op.drop_column("interruptions")
        batch_op.drop_column("doubts")
        batch_op.drop_column("handed_over_at")
