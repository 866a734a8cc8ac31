"""Sums about contempt, which are NULL where the network that read the faces does not know it."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import REAL

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    number = sa.Float().with_variant(REAL(), "postgresql")
    for table in ("undecided", "history"):
        for n in range(102, 132):
            op.add_column(table, sa.Column(f"mood_{n:03d}", number))
