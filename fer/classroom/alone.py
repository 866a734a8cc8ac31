"""What one process shows of a class by itself while the database does not answer.

The gate goes on where the database left it, over the seconds of this process alone. Nobody else
adds to them as far as this process knows, so it decides what the database would have decided. When
the database is back, it takes these decisions over as they are and makes none of its own for the
same seconds. A second is therefore never seen in two versions, from whose difference the reading of
a few students might be worked out.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import replace

from fer.classroom.anonymity import Gate
from fer.classroom.classroom import MOST_WAITING
from fer.store.history import Batch, GateState, News
from fer.store.second import ClassSecond


class Alone:
    """The seconds that this process decides without the database. One thread at a time may use it.

    Attributes:
        gate: decides while the database is away; None while the database does.
    """

    def __init__(self, k: int) -> None:
        self._k = k
        self.gate: Gate | None = None
        self._known: GateState | None = None
        self._elsewhere = 0
        self._written: list[ClassSecond] = []
        self._shown: deque[ClassSecond] = deque(maxlen=MOST_WAITING)
        self._periods: list[range] = []

    @property
    def may_decide(self) -> bool:
        """Whether, as far as is known, no student is connected to another process."""
        return self._known is not None and self._elsewhere == 0

    def decide(self, rows: Sequence[ClassSecond], until: int) -> list[ClassSecond]:
        """Returns what may be seen now.

        Args:
            rows: seconds of this process that the database does not have yet.
            until: the last second that is over.
        """
        if self.gate is None:
            assert self._known is not None
            self.gate = Gate(self._k, *self._known)
            self._periods.append(range(self.gate.decided + 1, self.gate.decided + 1))
        gate = self.gate
        undecided = [row for row in (*self._written, *rows) if row.second > gate.decided]
        shown = gate.take(undecided, until)
        self._written = [row for row in self._written if row.second > gate.decided]
        self._periods[-1] = range(self._periods[-1].start, gate.decided + 1)
        self._shown.extend(shown)
        return shown

    def handed_over(self, batch: Batch) -> Batch:
        """Returns a batch with the decisions that the database has to take over, if there are."""
        if self.gate is None:
            return batch
        state = (self.gate.decided, self.gate.settled, self.gate.sources)
        return replace(batch, state=state, shown=list(self._shown))

    def learn(self, batch: Batch, news: News) -> list[ClassSecond]:
        """Take the database's answer to a batch; returns the rows that were not shown before."""
        self._known, self._elsewhere = news.state, news.elsewhere
        decided = max(news.state[0], -1 if self.gate is None else self.gate.decided)
        written = (*self._written, *batch.rows)
        self._written = [row for row in written if row.second > decided]
        if self.gate is not None and batch.state is not None:
            while self._shown and self._shown[0].second <= batch.state[0]:
                self._shown.popleft()
            if self.gate.decided == batch.state[0]:
                self.gate = None
        return [row for row in news.rows if not self._was_shown(row)]

    def _was_shown(self, row: ClassSecond) -> bool:
        end = row.second + row.length
        return any(row.second < there.stop and there.start < end for there in self._periods)
