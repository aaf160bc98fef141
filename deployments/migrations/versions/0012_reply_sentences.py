"""What replies that were sent say, sentence by sentence, so that a copied paragraph is found"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "reply_sentences",
        sa.Column("hash", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_reply_sentences_case_id")),
        sa.PrimaryKeyConstraint("hash", "case_id", name=op.f("pk_reply_sentences")),
    )


def downgrade() -> None:
    op.drop_table("reply_sentences")
