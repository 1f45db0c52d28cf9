"""The body of a webhook: the result of the call as JSON, never longer than receivers take. Pure."""

from __future__ import annotations

import json
from typing import Final

from engine.sdk import CallResult, Permanent
from engine.sdk.result import Event

TEST_EVENT: Final = "leadline.test"
"""The event of a message that *test connection* sends."""
BODY_LIMIT: Final = 262_144  # bytes; what receivers of Standard Webhooks commonly take


def told(result: CallResult, event: Event) -> CallResult:
    """What is sent of the call. Where it is too long, whole parts are left out and named, longest read first: the
    transcript, then what the flow added, then the lead's form. Raises `Permanent` if that does not help."""
    whole = result.model_copy(update={"event": event})
    no_transcript = whole.model_copy(update={"transcript": [], "left_out": ["transcript"]})
    no_custom = no_transcript.model_copy(update={"custom": {}, "left_out": ["transcript", "custom"]})
    no_form = no_custom.model_copy(
        update={"lead": result.lead.model_copy(update={"form": {}}), "left_out": ["transcript", "custom", "form"]}
    )
    for each in (whole, no_transcript, no_custom, no_form):
        if len(encoded(each)) <= BODY_LIMIT:
            return each
    raise Permanent(
        f"The result of the call is longer than the {BODY_LIMIT // 1024} KB that a webhook may hold, even without its "
        "transcript: its answers are too long. Shorten what the flow asks for, or use an e-mail."
    )


def encoded(result: CallResult) -> bytes:
    """The same bytes at every try."""
    document = result.model_dump(mode="json", by_alias=True)
    return json.dumps(document, ensure_ascii=False, separators=(",", ":"), sort_keys=True).encode()
