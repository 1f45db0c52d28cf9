"""End of turn by the sound of the voice: smart-turn v3.2, in a worker of its own, with a deadline.

A verdict costs about 50 ms of CPU. One model copy a call on the audio path is what stalls other servers from eight
calls on (performance.md); here all calls share one session and one thread, and a verdict that is late is none.
"""

from __future__ import annotations

import asyncio
import time
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from engine.speech.audio import RATE
from engine.speech.local.inference import Model
from engine.speech.local.log_mel import SPAN_S, log_mel
from engine.speech.pcm import Samples, to_samples

DEADLINE_S = 0.15


class SmartTurn:
    """The shared judge (`EndOfTurn`)."""

    def __init__(self, *, deadline_s: float = DEADLINE_S) -> None:
        """Loads and verifies the model, and runs it once."""
        self._model = Model("smart-turn")
        self._deadline_s = deadline_s
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="smart-turn")
        self.judge(np.zeros(RATE, np.float32))

    def judge(self, samples: Samples) -> float:
        """Probability that the turn in `samples` (16 kHz, -1 to 1; the last 8 s count) is over. Takes about 50 ms."""
        (answer,) = self._model.run({"input_features": log_mel(samples)[np.newaxis]})
        return float(answer[0, 0])

    async def finished(self, pcm: bytes) -> float | None:
        """`judge` within the deadline, else None: the pause and the words decide then. None too if the model fails."""
        recent = pcm[-SPAN_S * RATE * 2 :]
        samples = to_samples(recent)
        latest = time.monotonic() + self._deadline_s
        verdict = asyncio.get_running_loop().run_in_executor(self._pool, self._judge_in_time, samples, latest)
        try:
            return await asyncio.wait_for(verdict, self._deadline_s)
        except Exception:  # a judge that fails or is late is one we do without; the call goes on
            return None

    def close(self) -> None:
        """Ends the worker thread."""
        self._pool.shutdown(wait=False, cancel_futures=True)

    def _judge_in_time(self, samples: Samples, latest: float) -> float | None:
        if time.monotonic() > latest:
            return None  # nobody waits any more: don't make the next verdict late as well
        return self.judge(samples)
