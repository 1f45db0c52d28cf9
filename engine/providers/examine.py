"""Is what was chosen usable? Each service is asked with the very key, model, voice and place that calls would use.

A probe costs next to nothing (a fraction of a second of speech, a request without an answer) and touches no call.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Iterable
from dataclasses import dataclass, replace
from typing import Final, Protocol

from engine.provider_problem import ProblemKind, ProviderProblem
from engine.providers.accounts import (
    Account,
    ConnectionInvalid,
    GeminiAccount,
    GoogleAccount,
    VonageAccount,
    read_account,
)
from engine.providers.choice import Ear, Voice
from engine.providers.uses import Use
from engine.sdk import Connection
from engine.speech.ports import Hints

PROBE_WITHIN_S: Final = 15.0


@dataclass(frozen=True, slots=True)
class Finding:
    """What was looked at and how it stands. `part`: settings, models, database, clock, flow, connection, ear, voice,
    mind, calendar, carrier. `about`: which one. `sentence`: what is wrong, or, if all is well, what was found. `kind`:
    a `ProblemKind`, or empty."""

    part: str
    about: str
    ok: bool
    sentence: str = ""
    fix: str = ""
    kind: str = ""


def finding(part: str, about: str, problem: ProviderProblem | None, good: str = "") -> Finding:
    if problem is None:
        return Finding(part, about, ok=True, sentence=good)
    return Finding(part, about, ok=False, sentence=problem.sentence, fix=problem.fix, kind=problem.kind.value)


class Prober(Protocol):
    """Asks a service whether it would serve (`engine.providers.hosted`). None if it would."""

    async def ear(self, ear: Ear, account: GoogleAccount, hints: Hints) -> ProviderProblem | None:
        """`hints`: as a call would give them."""
        ...

    async def voice(self, voice: Voice, account: GoogleAccount) -> ProviderProblem | None:
        """Asks for `voice.name` alone."""
        ...

    async def mind(self, model: str, account: GeminiAccount) -> ProviderProblem | None: ...

    async def carrier(self, account: VonageAccount) -> ProviderProblem | None: ...


async def examine_connection(connection: Connection, uses: Iterable[Use], prober: Prober) -> list[Finding]:
    """How a connection stands: first what it holds, then each service of it that `uses` ask for.

    One that none of them uses is asked with the usual model and voice. Kinds that are not ours cannot be asked.
    """
    try:
        account = read_account(connection)
    except ConnectionInvalid as problem:
        return [Finding("connection", connection.name, ok=False, sentence=str(problem), fix="Enter it anew.")]
    return await asyncio.gather(*_probes(connection.name, account, list(uses), prober))


def _probes(name: str, account: Account, uses: list[Use], prober: Prober) -> list[Awaitable[Finding]]:
    if isinstance(account, VonageAccount):
        return [_bounded("carrier", f"Vonage ({name})", prober.carrier(account))]
    if isinstance(account, GeminiAccount):
        minds = dict.fromkeys(each.choice.mind for each in uses if each.choice.mind.connection == name)
        models = dict.fromkeys(model for mind in minds for model in mind.models)
        return [_bounded("mind", f"{model} ({name})", prober.mind(model, account)) for model in models or [_USUAL[2]]]
    # The words that a flow would have favoured may be what Google refuses: each is asked with its own.
    ears = {(each.choice.ear, each.hints): each.whose for each in uses if each.choice.ear.connection == name}
    voices = dict.fromkeys(
        replace(each.choice.voice, name=voice, second="")
        for each in uses
        if each.choice.voice.connection == name
        for voice in (each.choice.voice.name, each.choice.voice.second)
        if voice
    )
    if not ears and not voices:
        # An emulator may stand for one of the two only.
        alone = (account.speech_endpoint, account.voice_endpoint)
        ears = {(_USUAL[0], Hints()): ""} if alone[0] or not alone[1] else {}
        voices = {_USUAL[1]: None} if alone[1] or not alone[0] else {}
    return [
        *(
            _bounded("ear", f"{_ear(ear, hints, whose)} ({name})", prober.ear(ear, account, hints))
            for (ear, hints), whose in ears.items()
        ),
        *(_bounded("voice", f"{_voice(voice)} ({name})", prober.voice(voice, account)) for voice in voices),
    ]


_USUAL: Final = (
    Ear("google", "", "telephony", ""),
    Voice("google", "", "en-US-Chirp3-HD-Kore", language="en-US"),
    "gemini-3.5-flash-lite",
)


def _ear(ear: Ear, hints: Hints, whose: str) -> str:
    place = f" at {ear.location}" if ear.location else ""
    return f"{ear.model}{place} in {hints.language}" + (f" for “{whose}”" if whose else "")


def _voice(voice: Voice) -> str:
    return f"{voice.name} at {voice.location}" if voice.location else voice.name


async def _bounded(part: str, about: str, probe: Awaitable[ProviderProblem | None]) -> Finding:
    try:
        async with asyncio.timeout(PROBE_WITHIN_S):
            problem = await probe
    except TimeoutError:
        problem = ProviderProblem(
            ProblemKind.TOO_SLOW,
            f"There was no answer within {PROBE_WITHIN_S:.0f} seconds.",
            "Check the network and the firewall; try again.",
        )
    return finding(part, about, problem, "answers")
