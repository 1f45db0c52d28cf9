"""The keys that are pressed on a phone while an NCCO waits for them."""

from __future__ import annotations

import asyncio


class Keypad:
    """`pressed`: set with the first key."""

    def __init__(self) -> None:
        self.pressed = asyncio.Event()
        self._digits: list[str] = []
        self._news = asyncio.Event()

    def press(self, digit: str) -> None:
        self._digits.append(digit)
        self.pressed.set()
        self._news.set()

    async def collect(self, most: int, timeout_s: float, *, until_hash: bool) -> str:
        """The keys pressed, as soon as there are `most`, a hash (if it ends them), or none for `timeout_s`."""
        while len(self._digits) < most and not (until_hash and "#" in self._digits):
            self._news.clear()
            try:
                async with asyncio.timeout(timeout_s):
                    await self._news.wait()
            except TimeoutError:
                break
        digits = "".join(self._digits)
        return digits.partition("#")[0] if until_hash else digits
