"""What a Stratum V1 pool has set so far: extranonce, difficulty, jobs. It turns these pushes into events. No I/O.

A difficulty or an extranonce belongs to the jobs from the next notify on, so each job carries its own. Jobs that come
before the worker is authorized are held back, the newest few only.
"""

from __future__ import annotations

from collections import deque

from mining.stratum.bitcoin.difficulty import Difficulty, target_from_difficulty
from mining.stratum.bitcoin.events import DifficultySet, Event, ExtranonceSet, Ignored, JobReceived, JobRepeated
from mining.stratum.bitcoin.job import Extranonce, V1Job, decode_extranonce, decode_job, is_same_work
from mining.stratum.errors import MessageError, TargetError, shown

FIRST_DIFFICULTY = 1
_MOST_HELD = 4
_MOST_EXTRANONCES = 8


class PoolWork:
    """The work of one connection. `job` is the newest one given out; `difficulty` is that of the next notify."""

    def __init__(self) -> None:
        self.extranonce: Extranonce | None = None
        self.difficulty: Difficulty = FIRST_DIFFICULTY
        self.job: V1Job | None = None
        self._is_authorized = False
        self._held: deque[V1Job] = deque(maxlen=_MOST_HELD)
        self._early: tuple[object, Difficulty] | None = None
        self._extranonces: deque[Extranonce] = deque(maxlen=_MOST_EXTRANONCES)

    def subscribe(self, extranonce: Extranonce, events: list[Event]) -> None:
        """The extranonce is known; a notify that came before it is read now. Raises as `notify`."""
        self._use(extranonce)
        early, self._early = self._early, None
        if early is not None:
            self._take(decode_job(early[0], extranonce=extranonce, difficulty=early[1]), events)

    def authorize(self, events: list[Event]) -> None:
        """The worker may submit: give out the jobs held back."""
        self._is_authorized = True
        while self._held:
            self._give(self._held.popleft(), events)

    def forget(self) -> None:
        """The connection is of no more use: drop what is held back."""
        self._held.clear()
        self._early = None

    def notify(self, params: object, events: list[Event]) -> None:
        """Take `mining.notify`. Raises JobError or TargetError for a job that cannot be mined."""
        if self.extranonce is None:
            self._early = (params, self.difficulty)
            return
        self._take(decode_job(params, extranonce=self.extranonce, difficulty=self.difficulty), events)

    def set_difficulty(self, params: object, events: list[Event]) -> None:
        """Take `mining.set_difficulty` [D]. Raises MessageError or TargetError; the one before stays in force."""
        difficulty = params[0] if isinstance(params, list) and params else None
        if isinstance(difficulty, bool) or not isinstance(difficulty, int | float):
            raise TargetError(
                f"The pool set the difficulty {shown(difficulty)}, which is no number",
                next_step="Report it to the pool; the difficulty before it stays in force.",
            )
        target = target_from_difficulty(difficulty)
        self.difficulty = difficulty
        events.append(DifficultySet(difficulty, target))

    def set_extranonce(self, params: object, events: list[Event]) -> None:
        """Take `mining.set_extranonce` [extranonce1, size]; without a size the old one stays. Raises JobError."""
        if self.extranonce is None:
            events.append(Ignored("The server set an extranonce before the subscription", b""))
            return
        if not isinstance(params, list) or not params:
            raise MessageError(f"The server set the extranonce {shown(params)}, which is no list")
        size = params[1] if len(params) > 1 else self.extranonce.second_size
        self._use(decode_extranonce(params[0], size))
        events.append(ExtranonceSet(self.extranonce.first, self.extranonce.second_size))

    def is_ours(self, job: V1Job) -> bool:
        """Whether a job has an extranonce that this connection has, or had shortly before."""
        return job.extranonce in self._extranonces

    def _use(self, extranonce: Extranonce) -> None:
        self.extranonce = extranonce
        if extranonce in self._extranonces:
            self._extranonces.remove(extranonce)
        self._extranonces.append(extranonce)

    def _take(self, job: V1Job, events: list[Event]) -> None:
        if self._is_authorized:
            self._give(job, events)
            return
        if job.is_clean:
            self._held.clear()
        self._held.append(job)

    def _give(self, job: V1Job, events: list[Event]) -> None:
        if self.job is not None and is_same_work(self.job, job):
            events.append(JobRepeated(job))
            return
        self.job = job
        events.append(JobReceived(job))
