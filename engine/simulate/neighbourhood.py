"""Telephones for every number on the simulated network: whoever is called picks up and talks like a friendly lead.

`leadline up` puts them there, so that a newcomer who fills in the form has a call to watch.
"""

from __future__ import annotations

from collections.abc import AsyncIterator

from engine.simulate.api_client import ApiRefused, LeadlineApi
from engine.simulate.network import LoopbackNetwork
from engine.simulate.network.phone import Line
from engine.simulate.scenario import Scenario, Suite
from engine.simulate.script import ScriptedCaller
from engine.simulate.sound_call import trace_events
from engine.simulate.speaking_caller import SpeakingCaller, TraceEvent
from engine.speech.ports import TextToSpeech


class _LateTrace:
    """The live trace of a call that is known by its carrier's id alone, once the phone is answered."""

    def __init__(self, api: LeadlineApi, network: LoopbackNetwork) -> None:
        self._api, self._network = api, network
        self.uuid = ""

    async def events(self) -> AsyncIterator[TraceEvent]:
        call = self._network.call(self.uuid)
        if call is None:
            return
        try:
            call_id = await self._api.call_to(call.to)
        except ApiRefused:
            return
        async for event in trace_events(self._api, call_id):
            yield event


class Neighbour(SpeakingCaller):
    """Answers any call and follows a scenario."""

    def __init__(self, suite: Suite, scenario: Scenario, voice: TextToSpeech, trace: _LateTrace) -> None:
        super().__init__(ScriptedCaller(suite, scenario), voice, trace)
        self._late = trace

    async def on_call(self, line: Line) -> None:
        self._late.uuid = line.call_uuid
        await super().on_call(line)


def settle(network: LoopbackNetwork, api: LeadlineApi, suite: Suite, scenario: Scenario, voice: TextToSpeech) -> None:
    """Put a neighbour behind every number that has no telephone of its own."""
    network.register_others(lambda: Neighbour(suite, scenario, voice, _LateTrace(api, network)))
