"""What proposers say of a draft, talks that were taken back, files that prove a promise"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the table and the columns; drafts on record were shown to nobody."""
    op.create_table(
        "proposer_views",
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("no", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("draft_no", sa.Integer(), nullable=False),
        sa.Column("addressee", sa.String(length=40), nullable=False),
        sa.Column("name", sa.String(length=300), nullable=False),
        sa.Column("agrees", sa.Boolean(), nullable=False),
        sa.Column("given_on", sa.Date(), nullable=False),
        sa.Column("text", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_proposer_views_case_id")),
        sa.PrimaryKeyConstraint("case_id", "no", name=op.f("pk_proposer_views")),
    )
    op.add_column("contacts", sa.Column("voided_on", sa.Date(), nullable=True))
    op.add_column("promises", sa.Column("file_name", sa.String(length=300), nullable=True))
    op.add_column("promises", sa.Column("file_sha256", sa.String(length=64), nullable=True))
    op.add_column("drafts", sa.Column("view", sa.String(length=32), nullable=True))
    op.execute("UPDATE drafts SET view = '不听取'")
    with op.batch_alter_table("drafts") as batch:
        batch.alter_column("view", existing_type=sa.String(length=32), nullable=False)


def downgrade() -> None:
    """Take them out again."""
    op.drop_table("proposer_views")
    for table, name in (
        ("drafts", "view"), ("promises", "file_sha256"), ("promises", "file_name"), ("contacts", "voided_on"),
    ):  # fmt: skip
        with op.batch_alter_table(table) as batch:
            batch.drop_column(name)
