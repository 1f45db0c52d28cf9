"""Reads what streams back from Gemini: text without thoughts, the tokens, and whether the answer came to a good end.

Sans-IO: chunks go in, text comes out. A chunk may lack candidates, a candidate its content, a part its text.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from google.genai import types

from engine.provider_problem import ProblemKind, ProviderProblem

_STOPPED: Final[Mapping[str, tuple[ProblemKind, str]]] = {
    "MAX_TOKENS": (ProblemKind.CUT, "Gemini's answer was longer than allowed and broke off."),
    "CONTINUATION": (ProblemKind.CUT, "Gemini's answer was longer than allowed and broke off."),
    "SAFETY": (ProblemKind.UNREADABLE, "Gemini's safety filter stopped the answer."),
    "PROHIBITED_CONTENT": (ProblemKind.UNREADABLE, "Gemini's safety filter stopped the answer."),
    "BLOCKLIST": (ProblemKind.UNREADABLE, "Gemini's safety filter stopped the answer."),
    "SPII": (ProblemKind.UNREADABLE, "Gemini stopped because of personal data in the answer."),
    "MODEL_ARMOR": (ProblemKind.UNREADABLE, "The project's Model Armor stopped the answer."),
    "ESCALATION": (ProblemKind.UNREADABLE, "Gemini's safety filter stopped the answer."),
    "RECITATION": (ProblemKind.UNREADABLE, "Gemini stopped because the answer repeated a published text."),
    "LANGUAGE": (ProblemKind.UNREADABLE, "Gemini stopped because of the language of the answer."),
    "MALFORMED_FUNCTION_CALL": (ProblemKind.UNREADABLE, "Gemini's answer was malformed."),
    "MALFORMED_RESPONSE": (ProblemKind.UNREADABLE, "Gemini's answer was malformed."),
    "UNEXPECTED_TOOL_CALL": (ProblemKind.UNREADABLE, "Gemini called a tool that it does not have."),
    "TOO_MANY_TOOL_CALLS": (ProblemKind.UNREADABLE, "Gemini called a tool that it does not have."),
    "MISSING_THOUGHT_SIGNATURE": (ProblemKind.REFUSED, "Gemini misses a thought signature in the request."),
    "PUP_LIMITED_DISABLED": (ProblemKind.NOT_ALLOWED, "Google has limited this account for how it was used."),
}


def texts_of(chunk: types.GenerateContentResponse) -> str:
    """The text of a chunk that is meant for us; its thoughts are not."""
    candidate = chunk.candidates[0] if chunk.candidates else None
    parts = candidate.content.parts if candidate is not None and candidate.content is not None else None
    return "".join(part.text for part in parts or () if part.text and not part.thought)


class AnswerReader:
    """One answer. Tokens are cumulative in each chunk; the last one counts."""

    def __init__(self) -> None:
        self.prompt_tokens: int | None = None
        self.cached_tokens = 0
        self.output_tokens: int | None = None
        self.characters = 0
        self._finished = False
        self._called_a_tool = False

    def feed(self, chunk: types.GenerateContentResponse) -> tuple[str, ProviderProblem | None]:
        """The text of the chunk, and what is wrong if the model stopped with it for a bad reason."""
        self._count(chunk.usage_metadata)
        text = texts_of(chunk)
        self.characters += len(text)
        feedback = chunk.prompt_feedback
        if feedback is not None and feedback.block_reason is not None:
            return text, ProviderProblem(
                ProblemKind.UNREADABLE,
                f"Gemini did not answer: what was said is blocked ({feedback.block_reason.value}).",
            )
        candidate = chunk.candidates[0] if chunk.candidates else None
        if candidate is None:
            return text, None
        parts = candidate.content.parts if candidate.content is not None else None
        self._called_a_tool |= any(part.function_call is not None for part in parts or ())
        reason = candidate.finish_reason.value if candidate.finish_reason is not None else ""
        if reason in ("", "FINISH_REASON_UNSPECIFIED"):
            return text, None
        self._finished = True
        if reason == "STOP":
            return text, None
        kind, sentence = _STOPPED.get(reason, (ProblemKind.UNREADABLE, f"Gemini stopped before the end ({reason})."))
        return text, ProviderProblem(kind, sentence)

    def end(self) -> ProviderProblem | None:
        """What is wrong with an answer whose stream has ended, if anything."""
        if not self._finished:
            return ProviderProblem(ProblemKind.CUT, "Gemini's answer ended in the middle.")
        if not self.characters:
            what = "called a tool that it does not have" if self._called_a_tool else "answered with nothing"
            return ProviderProblem(ProblemKind.UNREADABLE, f"Gemini {what}.")
        return None

    def _count(self, usage: types.GenerateContentResponseUsageMetadata | None) -> None:
        if usage is None:
            return
        if usage.prompt_token_count is not None:
            self.prompt_tokens = usage.prompt_token_count
        self.cached_tokens = usage.cached_content_token_count or self.cached_tokens
        if usage.candidates_token_count is not None or usage.thoughts_token_count is not None:
            self.output_tokens = (usage.candidates_token_count or 0) + (usage.thoughts_token_count or 0)
