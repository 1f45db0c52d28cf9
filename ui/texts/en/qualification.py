# ruff: noqa: E501 - sentences of a table, one a line
"""Qualification."""

from typing import Final

TEXTS: Final = {
    "qualification.intro": "Who is worth a visit. Each criterion is a plain test; the engine judges by them alone, never the AI, so that the result is the same every time and can be explained.",
    "qualification.none": "There are no criteria yet: every lead stays open. Add what must be so that you want to send somebody.",
    "qualification.add": "Add a criterion",
    "qualification.added": "Added a criterion",
    "qualification.removed": "Removed the criterion “{label}”",
    "qualification.unnamed": "New criterion",
    "field.criterion_label": "What is it called?",
    "field.criterion_label.example": "In our service area",
    "field.criterion_test": "It is met when",
    "field.criterion_kind": "What follows if it is not met?",
    "field.criterion_reason": "Reason in reports",
    "field.criterion_reason.help": "Why the lead did not qualify. The first unmet one, in the order of the list, is what the report says.",
    "choice.criterion_hard": "The lead does not qualify",
    "choice.criterion_soft": "It is only noted",
    "judge.title": "How would these answers be judged?",
    "judge.about": "Fill in what a caller might have said; leave open what is not known.",
    "judge.nothing": "As soon as a criterion looks at an answer, you can play with answers here.",
    "judge.open": "not known",
    "judge.unit.number": "{label}",
    "judge.unit.money": "{label} (dollars)",
    "judge.unit.duration": "{label} (days from today)",
    "judge.result": "Verdict",
    "judge.reason": "Reason in reports: {reason}",
    "judge.state.qualified": "Qualified",
    "judge.state.unqualified": "Not qualified",
    "judge.state.open": "Still open",
    "judge.verdict.met": "Met",
    "judge.verdict.failed": "Not met",
    "judge.verdict.open": "Open",
}
