"""How the network that a class was opened with reads each emotion; NULL in older classes."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.add_column("class", sa.Column("prevalence", sa.Text))
