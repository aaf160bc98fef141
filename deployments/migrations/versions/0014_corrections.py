"""A publication keeps when its page was corrected and what was"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("publications", schema=None) as batch_op:
        batch_op.add_column(sa.Column("corrected_on", sa.Date(), nullable=True))
        batch_op.add_column(sa.Column("correction_note", sa.String(300), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("publications", schema=None) as batch_op:
        batch_op.drop_column("correction_note")
        batch_op.drop_column("corrected_on")
