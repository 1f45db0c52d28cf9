"""When staff is there: lines such as "Mon-Fri 08:00-18:00"."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime
from typing import Final

DAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")

_LINE: Final = re.compile(
    r"(?P<first>[a-z]{3})[a-z]*\.?(?:\s*(?:-|to)\s*(?P<last>[a-z]{3})[a-z]*\.?)?\s+"
    r"(?P<from_h>\d{1,2}):(?P<from_m>\d{2})\s*(?:-|to)\s*(?P<to_h>\d{1,2}):(?P<to_m>\d{2})"
)


def read(line: str) -> tuple[frozenset[int], int, int]:
    """Days of the week (0 is Monday), and from and to which minute of the day. Raises `ValueError`."""
    found = _LINE.fullmatch(line.strip().lower())
    if found is None or found["first"] not in DAYS or (found["last"] or "mon") not in DAYS:
        raise ValueError(
            f"'{line}' is not understood. Write the hours like 'Mon-Fri 08:00-18:00' or 'Sat 09:00-13:00'."
        )
    first, last = DAYS.index(found["first"]), DAYS.index(found["last"] or found["first"])
    begins = int(found["from_h"]) * 60 + int(found["from_m"])
    ends = int(found["to_h"]) * 60 + int(found["to_m"])
    if not 0 <= begins < ends <= 24 * 60:
        raise ValueError(f"'{line}' ends before it begins. Hours over midnight are two lines.")
    count = (last - first) % 7 + 1
    return frozenset((first + day) % 7 for day in range(count)), begins, ends


def staffed(lines: Sequence[str], moment: datetime) -> bool:
    """Whether somebody is there at `moment`, which is in the seller's zone. No lines: always."""
    if not lines:
        return True
    minute = moment.hour * 60 + moment.minute
    return any(
        moment.weekday() in days and begins <= minute < ends for days, begins, ends in (read(line) for line in lines)
    )
