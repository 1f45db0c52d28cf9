"""A brief in the words of the flow's author: what the offline model says, and what is said where no model is asked."""

from __future__ import annotations

from collections.abc import Iterator

from engine.dialogue.brief import Brief


def author_sentences(brief: Brief) -> Iterator[str]:
    """What was understood, the answers, the cards' lines, the question; in this order."""
    for acknowledge in brief.acknowledge:
        yield acknowledge.wording
    for answer in brief.answers:
        yield answer.wording
    for line in brief.lines:
        yield line.text
    if brief.ask is not None:
        yield brief.ask.wording
