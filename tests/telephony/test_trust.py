"""Whether the carrier's word reaches us, and what is said if it does not."""

from __future__ import annotations

import pytest

from engine.telephony.trust import NOT_BELIEVED, WebhookTrust, why_not_believed
from engine.telephony.webhooks import Fault, Refusal


@pytest.mark.parametrize(
    ("refusal", "words"),
    [
        (Refusal(Fault.WRONG_SIGNATURE, "x"), "LEADLINE_VONAGE_SIGNATURE_SECRET"),
        (Refusal(Fault.WRONG_SIGNATURE, "x"), "not the API secret"),
        (Refusal(Fault.WRONG_SENDER, "x", "api_key"), "LEADLINE_VONAGE_API_KEY"),
        (Refusal(Fault.WRONG_SENDER, "x", "application_id"), "LEADLINE_VONAGE_APPLICATION_ID"),
        (Refusal(Fault.WRONG_SENDER, "The token's iss is wrong.", "iss"), "the token's iss is wrong."),
        (Refusal(Fault.UNSIGNED, "x"), "Switch signed webhooks on"),
        (Refusal(Fault.TOO_OLD, "x"), "Set the clock"),
        (Refusal(Fault.IN_THE_FUTURE, "x"), "Set the clock"),
        (Refusal(Fault.TAMPERED, "x"), "changed on the way"),
        (Refusal(Fault.MALFORMED, "The token cannot be read."), "the token cannot be read."),
    ],
)
def test_every_refusal_says_what_is_wrong_and_what_to_do(refusal: Refusal, words: str) -> None:
    assert why_not_believed(refusal).startswith(f"{NOT_BELIEVED}: ")
    assert words in why_not_believed(refusal)


def test_nobody_is_called_while_no_webhook_was_ever_believed_and_one_was_refused() -> None:
    trust = WebhookTrust()
    assert (trust.why_paused, trust.proven) == ("", False)
    trust.refused("The secret is wrong.")
    assert trust.why_paused.startswith("The secret is wrong. Nobody is called until")


def test_calls_go_on_as_soon_as_one_is_believed_and_a_later_refusal_stops_nothing() -> None:
    trust = WebhookTrust()
    trust.refused("The secret is wrong.")
    trust.genuine()
    assert (trust.why_paused, trust.proven) == ("", True)
    trust.refused("One of a stranger.")
    assert trust.why_paused == ""
