"""A class that was thrown away: when, until it is erased or taken back."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.add_column("class", sa.Column("thrown_away", sa.Float(53)))
