"""What a text can have filled in, offered by name: "First name" instead of {first_name}."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

import streamlit as st

from ui.flow_view import Slot
from ui.forms.binding import MISSING
from ui.forms.names import distinct
from ui.forms.spot import Spot
from ui.texts import t

IN_CALL: Final = (
    "first_name", "last_name", "topic", "assistant", "seller", "seller_phone", "opt_out_phone", "source", "date",
)  # fmt: skip
"""What every text of a call may use."""
AFTER_CALL: Final = (
    "first_name", "last_name", "phone", "email", "summary", "answers", "appointment", "appointment_day",
    "appointment_time", "address", "staff", "meeting_link", "opt_out_link", "callback", "disposition", "reason",
    "explanation", "transcript", "flow", "seller", "seller_phone", "assistant", "source", "started", "duration",
    "call_id",
)  # fmt: skip
"""What texts of a card behind the call may use."""


def offered(own: Iterable[str], slots: Iterable[Slot], after_call: bool) -> Mapping[str, str]:
    """Names in braces with what they are called, the card's own first."""
    names = dict.fromkeys((*own, *(AFTER_CALL if after_call else IN_CALL)))
    words = {name: t(f"form.fill.{name}", otherwise=name.replace("_", " ")) for name in names}
    return distinct(words | {f"slot:{slot.id}": slot.label or slot.id for slot in slots})


def offer(spot: Spot, text: str, own: tuple[str, ...]) -> None:
    """A small menu that puts a name at the end of the text."""
    if spot.locked:
        return
    words = offered(own, spot.context.flow.slots, spot.context.after_call)
    key = spot.key(None, "fill")

    def insert() -> None:
        name = st.session_state.get(key)
        if isinstance(name, str) and name:
            seen = spot.value
            before = f"{text} " if text and not text[-1].isspace() else text
            spot.put(f"{before}{{{name}}}", MISSING if seen is MISSING else seen)

    st.menu_button(
        t("form.fill"), list(words), key=key, on_click=insert, type="tertiary", icon=":material/add:",
        format_func=words.__getitem__,
    )  # fmt: skip
