"""The player of a recording."""

from typing import Final

TEXTS: Final = {
    "player.play": "Play",
    "player.pause": "Pause",
    "player.back": "10 seconds back",
    "player.ahead": "10 seconds ahead",
    "player.position": "Position in the recording",
    "player.speed": "Speed",
    "player.words": "What was said",
    "player.listen": "Listen from here",
    "player.loading": "Fetching the recording …",
    "player.none": "There is no recording: nobody spoke, it was declined, or its time was up.",
    "player.gone": "The recording cannot be had: it was deleted, or this page has been open too long. Reload it.",
    "player.unreachable": "The engine does not answer, so the recording cannot be heard now.",
    "player.caller": "Caller",
    "player.assistant": "Assistant",
}
