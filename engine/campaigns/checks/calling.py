"""What is called with: the flow and the caller numbers; and how many calls there may be at once."""

from __future__ import annotations

from collections.abc import Iterator

import phonenumbers

from engine.campaigns.around import Around
from engine.campaigns.issues import Issue, issue
from engine.campaigns.model import Campaign


def check_flow(campaign: Campaign, around: Around) -> Iterator[Issue]:
    flow = campaign.flow_id
    if flow not in around.flows:
        yield issue(
            "unknown_flow", "flow_id", f"There is no flow “{flow}” to call with." if flow else "No flow is chosen.",
            "Choose one of the flows there are.",
        )  # fmt: skip
    elif not around.flows[flow]:
        yield issue(
            "flow_not_published", "flow_id", f"The flow “{flow}” has never been published, so nobody can be called "
            "with it.", "Publish the flow, then switch the campaign on.",
        )  # fmt: skip


def check_numbers(campaign: Campaign, around: Around) -> Iterator[Issue]:
    """A toll-free number is fine: what counts is that it can be called back."""
    seen: set[str] = set()
    for place, number in enumerate(campaign.caller_numbers):
        path = f"caller_numbers.{place}"
        if not _can_be_called(number):
            yield issue(
                "bad_number", path, f"“{number}” is no phone number that could be called back.",
                "Write it with + and the country code, without spaces: +14155550100.",
            )  # fmt: skip
        elif number in seen:
            yield issue("number_twice", path, f"The number {number} stands here twice.", "Remove one of the two.")
        elif around.numbers is not None and number not in around.numbers:
            yield issue(
                "number_not_connected", path,
                f"{number} is none of the numbers that are set up at the carrier; calls from it will be refused.",
                "Choose a number of yours, or rent this one at the carrier and connect it.",
            )  # fmt: skip
        seen.add(number)


def check_limits(campaign: Campaign, around: Around) -> Iterator[Issue]:
    limits = campaign.limits
    if limits.at_once is not None and around.max_calls is not None and limits.at_once > around.max_calls:
        yield issue(
            "more_than_the_process", "limits.at_once",
            f"{limits.at_once} calls at once are wanted, but a process of this installation holds {around.max_calls}.",
            "Raise the setting LEADLINE_MAX_CALLS, run more processes, or lower the limit.",
        )  # fmt: skip
    rate = around.calls_per_minute
    if limits.per_minute is not None and rate is not None and limits.per_minute > rate:
        yield issue(
            "more_than_the_carrier", "limits.per_minute",
            f"{limits.per_minute} calls a minute are wanted, but the carrier takes about {rate}.",
            "Lower the limit; calls beyond the carrier's pace wait.",
        )  # fmt: skip


def _can_be_called(number: str) -> bool:
    if not number.startswith("+") or not number[1:].isdigit() or not number.isascii():
        return False
    try:
        return phonenumbers.is_possible_number(phonenumbers.parse(number, None))
    except phonenumbers.NumberParseException:
        return False
