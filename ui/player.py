"""The recording of a call with its words, drawn in the browser (ui/frontend/src/player): either leads to the other."""

from __future__ import annotations

from typing import Final

from ui import parts
from ui.call_records import CallFull, Utterance
from ui.client import address_for_browsers
from ui.components import component
from ui.records import Json
from ui.resources import tickets
from ui.texts import t

_WORDS: Final = (
    "play", "pause", "back", "ahead", "position", "speed", "words", "listen", "loading", "none", "gone", "unreachable",
    "caller", "assistant",
)  # fmt: skip


def player(call: CallFull) -> None:
    """Raises `EngineTrouble`."""
    engine = parts.engine()
    transcript = call.result.transcript if call.result is not None else ()
    kept = call.has_recording
    data: dict[str, Json] = {
        "call": call.id,
        "url": f"{address_for_browsers()}/calls/{call.id}/recording" if kept else "",
        "ticket": tickets.to_watch(engine, call.id).ticket if kept else "",
        "lines": [line(said) for said in transcript],
        "texts": {name: t(f"player.{name}") for name in _WORDS},
    }
    component("player")(key=f"player-{call.id}", data=data)


def line(said: Utterance) -> dict[str, Json]:
    """What somebody said, as the caller heard it; words that were never played are told apart."""
    if said.who == "caller":
        return {"who": "caller", "text": said.text, "atMs": said.at_ms, "note": ""}
    heard, missed = _heard(said)
    note = (t("call.not_heard", words=missed) if heard else t("call.interrupted")) if missed else ""
    return {"who": "agent", "text": heard or said.text, "atMs": said.at_ms, "note": note}


def _heard(said: Utterance) -> tuple[str, str]:
    """What the caller heard, and the rest."""
    if said.heard is None or said.heard.strip() == said.text.strip():
        return said.text, ""
    heard = said.heard.strip()
    rest = said.text.strip().removeprefix(heard).strip() if said.text.strip().startswith(heard) else said.text
    return heard, rest
