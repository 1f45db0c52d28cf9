"""Does the carrier's word reach us at all? Told from the webhooks about our own calls, believed and refused.

With a wrong signature secret every webhook is refused: phones ring, are answered, and nobody speaks. Until one webhook
was believed, a refused one therefore means that no further person should be called. Only webhooks about a call that is
under way here count (nobody but the carrier knows its id), so that a stranger cannot stop the calls.
"""

from __future__ import annotations

from typing import Final

from engine.telephony.webhooks import Fault, Refusal

NOT_BELIEVED: Final = "Vonage's webhooks are not believed"
"""How every such sentence begins."""

UNTIL: Final = "Nobody is called until one is believed, or Leadline is started again."

_SETTINGS: Final = {
    "api_key": "LEADLINE_VONAGE_API_KEY to the account's API key",
    "application_id": "LEADLINE_VONAGE_APPLICATION_ID to the id of the application that the number is linked to",
}


def why_not_believed(refusal: Refusal) -> str:
    """What is wrong and what to do, for the call's record."""
    match refusal.fault:
        case Fault.WRONG_SIGNATURE:
            why = (
                "the signature secret of the account is another one than ours. Set LEADLINE_VONAGE_SIGNATURE_SECRET to "
                "the signature secret in Vonage's dashboard (account settings), which is not the API secret, and "
                "restart."
            )
        case Fault.WRONG_SENDER if refusal.claim in _SETTINGS:
            why = f"their {refusal.claim} is another one than ours. Set {_SETTINGS[refusal.claim]}, and restart."
        case Fault.UNSIGNED:
            why = (
                "they carry no signature. Switch signed webhooks on for the application in Vonage's dashboard, and let "
                "proxies on the way leave the Authorization header alone."
            )
        case Fault.TOO_OLD | Fault.IN_THE_FUTURE:
            why = "their time is far from this machine's clock. Set the clock of this machine (NTP)."
        case Fault.TAMPERED:
            why = "their body is changed on the way. Let proxies in front of Leadline pass it on as it is."
        case _:
            why = f"{refusal.reason[:1].lower()}{refusal.reason[1:]}"
    return f"{NOT_BELIEVED}: {why}"


class WebhookTrust:
    """Since this process started."""

    def __init__(self) -> None:
        self._believed = False
        self._why = ""

    def genuine(self) -> None:
        """A webhook was believed."""
        self._believed, self._why = True, ""

    def refused(self, why: str) -> None:
        """One about a call of ours was not. `why`: for people."""
        if not self._believed:
            self._why = why

    @property
    def proven(self) -> bool:
        """Whether one was believed."""
        return self._believed

    @property
    def why_paused(self) -> str:
        """Why nobody is to be called now; empty if somebody may be."""
        return f"{self._why} {UNTIL}" if self._why else ""
