"""`python -m engine.aftercall` with shorter terms, to be killed: `python -m tests.chaos.after_call [its arguments]`.

A lease of 45 seconds is for a machine that is slow now and then. Here workers are killed every few seconds on purpose,
and what is looked at is what comes of it, not how long one waits: leases are a fifth, and tries follow each other in
seconds instead of hours, as many as before and more.
"""

from __future__ import annotations

import sys
from functools import partial
from typing import Any, cast

from engine.aftercall import __main__ as program
from engine.aftercall import lane
from engine.with_parent import end_with_parent

SHORT: dict[str, float | tuple[float, ...]] = {
    "lease_s": 9.0,
    "pending_s": 15.0,
    "longest_step_s": 12.0,
    "step_margin_s": 3.0,
    "try_again_s": (1, 2, 4, 4, *[6] * 60),
}

if __name__ == "__main__":
    end_with_parent()
    cast(Any, lane).Terms = partial(lane.Terms, **cast(Any, SHORT))
    sys.exit(program.main())
