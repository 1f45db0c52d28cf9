"""Opens hosted engines with the key of an account, each with what takes over behind it, and asks them whether they
would serve. Google's clients are imported only when one of their services was chosen."""

from __future__ import annotations

from contextlib import AsyncExitStack
from typing import TYPE_CHECKING

from engine.dialogue.model import DialogueModel, ModelError
from engine.flow.model import Flow
from engine.provider_problem import ProblemKind, ProviderProblem
from engine.providers.accounts import GeminiAccount, GoogleAccount, VonageAccount
from engine.providers.choice import Ear, Mind, Voice
from engine.providers.pool import OpenedMind
from engine.settings import Settings
from engine.speech.ports import Hints, SpeechError, SpeechToText, TextToSpeech

if TYPE_CHECKING:
    from engine.mind.access import GeminiClient
    from engine.speech.google.ear import GoogleEar
    from engine.speech.google.voice import VoiceService


class HostedOpener:
    """Implements `engine.providers.pool.Opener`."""

    async def ear(self, ear: Ear, account: GoogleAccount, behind: SpeechToText, exits: AsyncExitStack) -> SpeechToText:
        from engine.speech.fallback import FallbackEar

        google = _google_ear(ear, account)
        exits.push_async_callback(google.close)
        return FallbackEar(google, behind)

    async def voice(
        self, voice: Voice, account: GoogleAccount, behind: TextToSpeech, exits: AsyncExitStack
    ) -> TextToSpeech:
        from engine.speech.google.voice import GoogleVoice
        from engine.speech.second_voice import SecondVoice

        service = _voice_service(voice, account)
        exits.push_async_callback(service.close)
        names = filter(None, (voice.name, voice.second))
        return SecondVoice([*(GoogleVoice(service, name, language=voice.language) for name in names), behind])

    async def mind(
        self, mind: Mind, account: GeminiAccount, behind: DialogueModel, exits: AsyncExitStack
    ) -> OpenedMind:
        from engine.mind.access import AccessInvalid
        from engine.mind.gemini import GeminiModel, GeminiOptions
        from engine.mind.ladder import Ladder, Rung

        try:
            client = gemini_client(account)
        except AccessInvalid as problem:
            raise ModelError(str(problem)) from None
        try:
            models = [GeminiModel(client, GeminiOptions(model)) for model in mind.models]
        except AccessInvalid as problem:
            await client.aclose()
            raise ModelError(str(problem)) from None
        exits.push_async_callback(client.aclose)
        ladder = Ladder([*(Rung(each.options.model, each) for each in models), Rung("offline", behind)])

        def prepare(flow: Flow) -> None:
            for each in models:
                each.prepare(flow)

        return OpenedMind(ladder, prepare)


class HostedProber:
    """Implements `engine.providers.examine.Prober`: each probe opens an engine as a call would, then closes it."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    async def ear(self, ear: Ear, account: GoogleAccount, hints: Hints) -> ProviderProblem | None:
        try:
            google = _google_ear(ear, account)
        except SpeechError as error:
            return _problem(error)
        try:
            return await google.check(hints)
        finally:
            await google.close()

    async def voice(self, voice: Voice, account: GoogleAccount) -> ProviderProblem | None:
        from engine.speech.google.voice import GoogleVoice

        try:
            service = _voice_service(voice, account)
        except SpeechError as error:
            return _problem(error)
        try:
            return await GoogleVoice(service, voice.name, language=voice.language or "en-US").check()
        except SpeechError as error:
            return _problem(error)
        finally:
            await service.close()

    async def mind(self, model: str, account: GeminiAccount) -> ProviderProblem | None:
        from engine.mind.access import AccessInvalid
        from engine.mind.gemini import GeminiModel, GeminiOptions

        try:
            client = gemini_client(account)
        except AccessInvalid as problem:
            return ProviderProblem(ProblemKind.REFUSED, str(problem))
        try:
            return await GeminiModel(client, GeminiOptions(model)).check()
        except AccessInvalid as problem:
            return ProviderProblem(ProblemKind.UNKNOWN_MODEL, str(problem))
        finally:
            await client.aclose()

    async def carrier(self, account: VonageAccount) -> ProviderProblem | None:
        from engine.telephony.application_key import KeyUnusable
        from engine.telephony.carrier_errors import CarrierError
        from engine.telephony.client import Credentials, VonageClient

        try:
            client = VonageClient(
                Credentials(account.application_id, account.private_key),
                api_host=self._settings.vonage_api_host,
                ca_file=self._settings.vonage_ca_bundle,
            )
        except KeyUnusable as problem:
            return ProviderProblem(ProblemKind.WRONG_KEY, str(problem))
        except ValueError as problem:
            return ProviderProblem(ProblemKind.REFUSED, str(problem))
        try:
            await client.check()
        except CarrierError as error:
            return error.problem
        finally:
            client.close()
        return None


def _google_ear(ear: Ear, account: GoogleAccount) -> GoogleEar:
    """Raises `SpeechError`."""
    from engine.speech.google.channel import GoogleAccess
    from engine.speech.google.ear import GoogleEar

    region = ear.location or account.location or "global"
    return GoogleEar(GoogleAccess(account.project, region, account.key, account.speech_endpoint), ear.model)


def _voice_service(voice: Voice, account: GoogleAccount) -> VoiceService:
    """Raises `SpeechError`. The place of the voices is one of its own: recognition is offered elsewhere."""
    from engine.speech.google.channel import GoogleAccess
    from engine.speech.google.voice import VoiceService

    region = voice.location or account.voice_location or "global"
    access = GoogleAccess(account.project, region, account.key, account.voice_endpoint)
    return VoiceService(access, stream_rate=account.stream_rate)


def gemini_client(account: GeminiAccount) -> GeminiClient:
    """Raises `AccessInvalid`."""
    from engine.mind.access import ApiKey, GeminiClient, VertexProject, service_account

    access: ApiKey | VertexProject
    if account.vertex:
        access = VertexProject(account.project, account.location, service_account(account.key) if account.key else None)
    else:
        access = ApiKey(account.api_key)
    return GeminiClient(access, account.endpoint, account.api_version)


def _problem(error: SpeechError) -> ProviderProblem:
    return error.problem or ProviderProblem(ProblemKind.REFUSED, str(error))
