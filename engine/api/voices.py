"""Voices: which there are, and how each sounds."""

from __future__ import annotations

import asyncio
import io
import re
import wave
from collections import OrderedDict
from typing import Final, Literal

from fastapi import APIRouter, Response
from pydantic import BaseModel, Field

from engine.api.auth import NEEDS_VIEWER
from engine.api.drafts import opened
from engine.api.problems import Problem, ProblemOut
from engine.api.services import Services, Use
from engine.dialogue.template import PLACEHOLDER, fill
from engine.flow import provider_facts
from engine.flow.model import Assistant, Flow, Seller, VoiceChoice
from engine.provider_problem import ProviderProblem
from engine.providers.choice import choose
from engine.providers.sampling import Sampler, VoiceNotThere
from engine.speech.audio import RATE
from engine.speech.google.voice_names import CHIRP_3_HD, FEMALE, read_voice
from engine.speech.voice_choice import LOCAL_VOICE
from engine.store import connections

router = APIRouter(prefix="/voices", tags=["voices"], dependencies=[NEEDS_VIEWER])

MOST_LETTERS: Final = 400
"""Of a sample: about half a minute."""

CACHE_BYTES: Final = 16_000_000
_EXAMPLES: Final = {
    "first_name": "Dana", "last_name": "Reyes", "topic": "a roof repair", "date": "Tuesday", "source": "our website",
    "when": "Tuesday at ten", "value": "nine four one zero three", "times": "Tuesday at ten or Thursday at two",
}  # fmt: skip
"""What stands for the placeholders that a lead or a card would fill."""


class VoiceOut(BaseModel):
    """`use`: local or google. `voice`: the name that a flow writes down. `sounds`: female or male, as its maker says.
    `there`: whether it can be chosen now; `problem` says why not."""

    use: Literal["local", "google"]
    voice: str
    sounds: Literal["female", "male"]
    there: bool
    problem: str


class StandardOut(BaseModel):
    """The services that serve a flow which chooses none, as the settings say."""

    ear: Literal["local", "google"]
    voice: Literal["local", "google"]
    voice_name: str
    mind: Literal["offline", "gemini"]
    mind_models: list[str]


class VoicesOut(BaseModel):
    """`connections`: names of those of the kinds google and gemini. `places`: where Google's voices are made."""

    voices: list[VoiceOut]
    standard: StandardOut
    connections: dict[str, list[str]]
    places: list[str]


class VoiceIn(BaseModel):
    """A choice as a flow makes it; empty fields are as the settings say."""

    use: Literal["", "local", "google"] = ""
    connection: str = Field("", max_length=64)
    voice: str = Field("", max_length=100)
    location: str = Field("", max_length=40)


class SampleIn(BaseModel):
    """`text`: placeholders are filled, `{first_name}` with an example. `flow_id`: whose language, business and standard
    voice to use; without it those of the settings."""

    text: str = Field(min_length=1, max_length=MOST_LETTERS)
    voice: VoiceIn = VoiceIn()
    flow_id: str = ""


class VoiceProblemOut(ProblemOut):
    """`code`: `nothing_to_say`, `unknown_voice`, `no_connection` (add or mend it) or `voice_failed` (try again)."""

    code: Literal["nothing_to_say", "unknown_voice", "no_connection", "voice_failed"]


class Samples:
    """Samples that were made, and one at a time the next. Made in the application's lifespan."""

    def __init__(self, sampler: Sampler) -> None:
        self._sampler = sampler
        self._one = asyncio.Lock()
        self._made: OrderedDict[tuple[str, VoiceChoice, str, str], bytes] = OrderedDict()
        self._size = 0

    async def wav(self, use: Services, flow: Flow, voice: VoiceChoice, text: str) -> bytes:
        """A WAV file. Raises `VoiceNotThere`."""
        key = (flow.assistant.voice, voice, flow.language, text)
        if key not in self._made:
            async with self._one:
                if key not in self._made:
                    calls = len(use.switchboard.calls)
                    self._keep(key, _wav(await self._sampler.speak(flow, voice, text, calls=calls)))
        self._made.move_to_end(key)
        return self._made[key]

    def _keep(self, key: tuple[str, VoiceChoice, str, str], sound: bytes) -> None:
        self._made[key] = sound
        self._size += len(sound)
        while self._size > CACHE_BYTES and len(self._made) > 1:
            _, old = self._made.popitem(last=False)
            self._size -= len(old)


@router.get("")
async def list_voices(use: Use) -> VoicesOut:
    """The voice of this machine and Google's, whether or not there is an account for them yet."""
    async with use.database.read() as tx:
        stored = await connections.overview(tx)
    by_kind = {kind: [each.name for each in stored if each.kind == kind] for kind in ("google", "gemini")}
    missing = "" if by_kind["google"] else "This voice needs an account with Google: add a connection of that kind."
    standard = choose(use.settings)
    return VoicesOut(
        voices=[
            VoiceOut(use="local", voice=LOCAL_VOICE, sounds="female", there=True, problem=""),
            *(
                VoiceOut(
                    use="google",
                    voice=name,
                    sounds="female" if name in FEMALE else "male",
                    there=not missing,
                    problem=missing,
                )
                for name in CHIRP_3_HD
            ),
        ],
        standard=StandardOut(
            ear=standard.ear.engine,
            voice=standard.voice.engine,
            voice_name=standard.voice.name or LOCAL_VOICE,
            mind=standard.mind.engine,
            mind_models=list(standard.mind.models),
        ),
        connections=by_kind,
        places=list(provider_facts.VOICE_PLACES),
    )


@router.post(
    "/sample",
    response_class=Response,
    responses={
        200: {"content": {"audio/wav": {"schema": {"type": "string", "format": "binary"}}}},
        404: {"model": ProblemOut},
        422: {"model": VoiceProblemOut},
        503: {"model": VoiceProblemOut},
    },
)
async def sample(order: SampleIn, use: Use) -> Response:
    """The text as that voice says it: a WAV file, 16 kHz mono. The voice that was asked for or none: no other one takes
    over."""
    flow = (await opened(use, order.flow_id)).document.flow if order.flow_id else _PLAIN
    wanted = VoiceChoice(**order.voice.model_dump())
    if wanted.voice and wanted.use == "google":
        read = read_voice(wanted.voice, flow.language)
        if isinstance(read, ProviderProblem):
            raise Problem(422, str(read), code="unknown_voice")
    text = _spoken(order.text, flow)
    if not re.search(r"\w", text):
        raise Problem(422, "There is nothing to say in this text.", code="nothing_to_say")
    try:
        sound = await use.samples.wav(use, flow, wanted, text)
    except VoiceNotThere as problem:
        if problem.fix_elsewhere:
            raise Problem(422, str(problem), code="no_connection") from None
        raise Problem(503, str(problem), code="voice_failed") from None
    return Response(sound, media_type="audio/wav", headers={"Cache-Control": "private, max-age=300"})


_PLAIN: Final = Flow(
    id="sample",
    name="sample",
    seller=Seller(legal_name="Your business", say_as="your business", phone=""),
    assistant=Assistant(name="Robin"),
    start="",
)


def _spoken(text: str, flow: Flow) -> str:
    own = {
        "seller": flow.seller.say_as,
        "assistant": flow.assistant.name,
        "seller_phone": flow.seller.phone,
        "opt_out_phone": flow.seller.opt_out_phone or flow.seller.phone,
    }
    return PLACEHOLDER.sub("", fill(text, {**_EXAMPLES, **own}))


def _wav(pcm: bytes) -> bytes:
    file = io.BytesIO()
    with wave.open(file, "wb") as written:
        written.setnchannels(1)
        written.setsampwidth(2)
        written.setframerate(RATE)
        written.writeframes(pcm)
    return file.getvalue()
