"""Classes, tickets, seconds that are not decided yet, and the history that may be seen."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import REAL

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.create_table(
        "class",
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column("code", sa.String(16), nullable=False),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("owner", sa.Text, nullable=False),
        sa.Column("mode", sa.String(16), nullable=False),
        sa.Column("k", sa.Integer, nullable=False),
        sa.Column("individual", sa.Boolean, nullable=False),
        sa.Column("opened", sa.Float(53), nullable=False),
        sa.Column("ends", sa.Float(53)),
        sa.Column("closed", sa.Float(53)),
        sa.Column("invitation", sa.String(64), nullable=False),
        sa.Column("decided", sa.Integer, nullable=False),
        sa.Column("settled", sa.Boolean, nullable=False),
        sa.Column("sources", sa.Integer, nullable=False),
        sa.UniqueConstraint("code", name="uq_class_code"),
    )
    for name in ("owner", "opened", "invitation"):
        op.create_index(f"ix_class_{name}", "class", [name])
    op.create_table(
        "ticket",
        sa.Column("key", sa.String(64), primary_key=True),
        _of_class("ticket"),
        sa.Column("camera", sa.String(16), nullable=False),
        sa.Column("individual", sa.Boolean, nullable=False),
        sa.Column("nickname", sa.Text),
    )
    op.create_index("ix_ticket_class_id", "ticket", ["class_id"])
    op.create_table(
        "writer",
        _of_class("writer", primary_key=True),
        sa.Column("process", sa.String(32), primary_key=True),
        sa.Column("batch", sa.Integer, nullable=False),
        sa.Column("until", sa.Integer, nullable=False),
        sa.Column("present", sa.Integer, nullable=False),
        sa.Column("beat", sa.Float(53), nullable=False),
        sa.Column("back", sa.Float(53), nullable=False),
        sa.Column("away", sa.Float(53), nullable=False),
    )
    op.create_table(
        "undecided",
        _of_class("undecided", primary_key=True),
        sa.Column("second", sa.Integer, primary_key=True),
        *_sums(),
    )
    op.create_table(
        "history",
        sa.Column("serial", sa.Integer, primary_key=True, autoincrement=True),
        _of_class("history"),
        sa.Column("second", sa.Integer, nullable=False),
        sa.Column("length", sa.Integer, nullable=False),
        *_sums(),
    )
    op.create_index("ix_history_class_id", "history", ["class_id", "serial"])
    op.create_table(
        "mark",
        sa.Column("serial", sa.Integer, primary_key=True, autoincrement=True),
        _of_class("mark"),
        sa.Column("t", sa.Float(53), nullable=False),
        sa.Column("text", sa.Text, nullable=False),
    )
    op.create_index("ix_mark_class_id", "mark", ["class_id"])
    op.create_table(
        "question",
        sa.Column("id", sa.String(32), primary_key=True),
        _of_class("question"),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("asked", sa.Integer, nullable=False),
        sa.Column("ended", sa.Integer),
    )
    op.create_index("ix_question_class_id", "question", ["class_id"])
    op.create_table(
        "alert",
        sa.Column("serial", sa.Integer, primary_key=True, autoincrement=True),
        _of_class("alert"),
        sa.Column("kind", sa.String(64), nullable=False),
        sa.Column("start", sa.Float(53), nullable=False),
        sa.Column("end", sa.Float(53)),
        sa.Column("strength", sa.Float(53), nullable=False),
        sa.Column("text", sa.Text, nullable=False),
    )
    op.create_index("ix_alert_class_id", "alert", ["class_id"])


def _of_class(table: str, primary_key: bool = False) -> sa.Column:
    key = sa.ForeignKey("class.id", name=f"fk_{table}_class_id", ondelete="CASCADE")
    return sa.Column("class_id", sa.String(32), key, primary_key=primary_key, nullable=False)


def _sums() -> list[sa.Column]:
    number = sa.Float().with_variant(REAL(), "postgresql")
    counts = ("present", "sharing", "moved", "sources")
    sums = (*(f"mood_{n:03d}" for n in range(1, 102)), *(f"pressed_{n}" for n in range(7)))
    return [
        *(sa.Column(name, sa.Integer, nullable=False) for name in counts),
        *(sa.Column(name, number, nullable=False) for name in sums),
    ]
