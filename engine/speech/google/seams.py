"""Words that were recognised twice, or for two turns at once: where one text ends and the next one begins. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

_MARKS: Final = re.compile(r"^[^\w]+|[^\w]+$")
_CUT_OLD: Final = 2  # so many last words of a stream that was cut off may be wrong
_CUT_NEW: Final = 1  # and so many first words of one that began in the middle of a word


def words(text: str) -> list[str]:
    """The words as written."""
    return text.split()


def plain(word: str) -> str:
    """A word without case and marks, to compare by."""
    return _MARKS.sub("", word).lower()


def same_words(one: str, other: str) -> bool:
    """Whether two texts differ in case and marks only."""
    return [plain(each) for each in words(one)] == [plain(each) for each in words(other)]


def split_after(text: Sequence[str], said: Sequence[str]) -> int:
    """How many words at the beginning of `text` are `said`, which may have been heard a little differently.

    The shortest prefix with the smallest edit distance to `said`.
    """
    given, wanted = [plain(each) for each in text], [plain(each) for each in said]
    row = list(range(len(wanted) + 1))
    best, found = row[-1], 0
    for count, word in enumerate(given, 1):
        above = row
        row = [count]
        for at, each in enumerate(wanted, 1):
            row.append(min(above[at] + 1, row[at - 1] + 1, above[at - 1] + (each != word)))
        if row[-1] < best:
            best, found = row[-1], count
    return found


def joined(old: Sequence[str], new: Sequence[str]) -> list[str]:
    """Two texts of sound that overlaps, as one: what the end of `old` and the beginning of `new` share stands once.

    Words at the cut may be wrong in either (a word was cut in two): they give way to the whole ones. Without a common
    word the texts follow each other.
    """
    before, after = [plain(each) for each in old], [plain(each) for each in new]
    best: tuple[int, int, int, int] | None = None
    for drop_old in range(min(_CUT_OLD, len(before)) + 1):
        for drop_new in range(min(_CUT_NEW, len(after)) + 1):
            most = min(len(before) - drop_old, len(after) - drop_new)
            least = 1 if drop_old + drop_new == 0 else 2
            for length in range(most, least - 1, -1):
                end = len(before) - drop_old
                if before[end - length : end] == after[drop_new : drop_new + length]:
                    rank = (length, -drop_old - drop_new, drop_old, drop_new)
                    best = max(best, rank) if best else rank
                    break
    if best is None:
        return [*old, *new]
    length, _, drop_old, drop_new = best
    return [*old[: len(old) - drop_old], *new[drop_new + length :]]
