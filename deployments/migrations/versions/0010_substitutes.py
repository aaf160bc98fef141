"""Who signs for an approver who is away, and under which dates a signature was given for another"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from models.columns import UtcDateTime

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

_ADDED = (("absent", sa.String(300)), ("stands_from_on", sa.Date()), ("stands_until_on", sa.Date()))


def upgrade() -> None:
    op.create_table(
        "substitutions",
        sa.Column("no", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("agency", sa.String(120), nullable=False),
        sa.Column("level", sa.String(60), nullable=False),
        sa.Column("absent", sa.String(100), nullable=False),
        sa.Column("substitute", sa.String(100), nullable=False),
        sa.Column("from_on", sa.Date(), nullable=False),
        sa.Column("until_on", sa.Date(), nullable=False),
        sa.Column("reason", sa.String(300), nullable=False),
        sa.Column("recorded_by", sa.String(100), nullable=False),
        sa.Column("recorded_at", UtcDateTime(), nullable=False),
        sa.Column("ended_on", sa.Date(), nullable=True),
        sa.Column("ended_by", sa.String(100), nullable=True),
        sa.ForeignKeyConstraint(["agency"], ["agencies.name"], name=op.f("fk_substitutions_agency")),
        sa.PrimaryKeyConstraint("no", name=op.f("pk_substitutions")),
    )
    with op.batch_alter_table("signatures", schema=None) as batch_op:
        for name, kind in _ADDED:
            batch_op.add_column(sa.Column(name, kind, nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("signatures", schema=None) as batch_op:
        for name, _ in reversed(_ADDED):
            batch_op.drop_column(name)
    op.drop_table("substitutions")
