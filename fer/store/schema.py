"""The tables. Every change to them needs a migration in `migrations/versions/`."""

from __future__ import annotations

from sqlalchemy import (
    Boolean,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
)
from sqlalchemy.dialects.postgresql import REAL

from fer.store.second import ADDED, MOODS, PRESSES

METADATA = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_name)s",
        "uq": "uq_%(table_name)s_%(column_0_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)

# Times since 1970 need double precision; sums of a few seconds do not.
_NUMBER = Float().with_variant(REAL(), "postgresql")

# The first number, frames, is left out: the frames of a class are its seconds.
MOOD_COLUMNS = tuple(f"mood_{place:03d}" for place in range(1, MOODS))
# What is about contempt has columns of its own, which are NULL where the network does not know it.
CONTEMPT_COLUMNS = tuple(f"mood_{place:03d}" for place in range(MOODS, MOODS + ADDED))
PRESS_COLUMNS = tuple(f"pressed_{place}" for place in range(PRESSES))
SUM_COLUMNS = ("present", "sharing", "moved", "sources", *MOOD_COLUMNS, *PRESS_COLUMNS)
"""The columns that are added up when several processes write the same second."""


def _of_class(primary_key: bool = False) -> Column:
    key = ForeignKey("class.id", ondelete="CASCADE")
    return Column("class_id", String(32), key, primary_key=primary_key, nullable=False)


def _sums() -> list[Column]:
    counts = ("present", "sharing", "moved", "sources")
    return [
        *(Column(name, Integer, nullable=False) for name in counts),
        *(Column(name, _NUMBER, nullable=False) for name in (*MOOD_COLUMNS, *PRESS_COLUMNS)),
        *(Column(name, _NUMBER) for name in CONTEMPT_COLUMNS),
    ]


CLASS = Table(
    "class",
    METADATA,
    Column("id", String(32), primary_key=True),
    Column("code", String(16), nullable=False, unique=True),
    Column("title", Text, nullable=False),
    Column("owner", Text, nullable=False, index=True),
    Column("mode", String(16), nullable=False),
    Column("k", Integer, nullable=False),
    Column("individual", Boolean, nullable=False),
    Column("opened", Float(53), nullable=False, index=True),
    Column("ends", Float(53)),
    Column("closed", Float(53)),
    Column("invitation", String(64), nullable=False, index=True),
    # How far the gate has decided what may be seen.
    Column("decided", Integer, nullable=False),
    Column("settled", Boolean, nullable=False),
    Column("sources", Integer, nullable=False),
    # When it was thrown away, s since 1970. Until it is erased, it can be taken back.
    Column("thrown_away", Float(53)),
    # JSON: how the network that it was opened with reads each emotion, as its card says; null if
    # the card does not. NULL in classes that are older than this column.
    Column("prevalence", Text),
)

TICKET = Table(
    "ticket",
    METADATA,
    Column("key", String(64), primary_key=True),
    _of_class(),
    Column("camera", String(16), nullable=False),
    Column("individual", Boolean, nullable=False),
    Column("nickname", Text),
    Index("ix_ticket_class_id", "class_id"),
)

WRITER = Table(
    "writer",
    METADATA,
    _of_class(primary_key=True),
    Column("process", String(32), primary_key=True),
    Column("batch", Integer, nullable=False),
    Column("until", Integer, nullable=False),
    Column("present", Integer, nullable=False),
    Column("beat", Float(53), nullable=False),
    # When the process came back after an outage, and when it had last written before that.
    Column("back", Float(53), nullable=False),
    Column("away", Float(53), nullable=False),
)

UNDECIDED = Table(
    "undecided",
    METADATA,
    _of_class(primary_key=True),
    Column("second", Integer, primary_key=True),
    *_sums(),
)

HISTORY = Table(
    "history",
    METADATA,
    Column("serial", Integer, primary_key=True, autoincrement=True),
    _of_class(),
    Column("second", Integer, nullable=False),
    Column("length", Integer, nullable=False),
    *_sums(),
    Index("ix_history_class_id", "class_id", "serial"),
)

MARK = Table(
    "mark",
    METADATA,
    Column("serial", Integer, primary_key=True, autoincrement=True),
    _of_class(),
    Column("t", Float(53), nullable=False),
    Column("text", Text, nullable=False),
    Index("ix_mark_class_id", "class_id"),
)

QUESTION = Table(
    "question",
    METADATA,
    Column("id", String(32), primary_key=True),
    _of_class(),
    Column("text", Text, nullable=False),
    Column("asked", Integer, nullable=False),
    Column("ended", Integer),
    Index("ix_question_class_id", "class_id"),
)

ALERT = Table(
    "alert",
    METADATA,
    Column("serial", Integer, primary_key=True, autoincrement=True),
    _of_class(),
    Column("kind", String(64), nullable=False),
    Column("start", Float(53), nullable=False),
    Column("end", Float(53)),
    Column("strength", Float(53), nullable=False),
    Column("text", Text, nullable=False),
    Index("ix_alert_class_id", "class_id"),
)

KEPT = (CLASS, HISTORY, MARK, QUESTION, ALERT)
"""The tables that are kept after a class has ended, in an order in which they can be filled."""
