"""*Test connection*: every reason why a service would not serve is told apart, by the real SDKs against emulators."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from engine.flow import shipped
from engine.flow.model import Flow
from engine.provider_problem import ProblemKind
from engine.providers.accounts import VonageAccount
from engine.providers.choice import Choice
from engine.providers.examine import Finding, examine_connection
from engine.providers.hosted import HostedProber
from engine.providers.uses import Use, uses_of
from engine.sdk import Connection
from engine.settings import Settings
from engine.simulate.network import LoopbackNetwork, demo_credentials
from engine.supervisor import free_port
from tests.emulators.faults import Fault
from tests.emulators.gemini import GeminiEmulator
from tests.emulators.google_speech import GoogleSpeechEmulator, SpeechRules
from tests.emulators.google_voice import GoogleVoiceEmulator

KIND = ProblemKind


async def examined(connection: Connection, *flows: Flow, **values: Any) -> list[Finding]:
    settings = Settings.model_validate({"providers": "google", **values})
    return await examine_connection(connection, uses_of(settings, flows), HostedProber(settings))


def the_problem(found: list[Finding]) -> Finding:
    bad = [each for each in found if not each.ok]
    assert len({each.kind for each in bad}) == 1, found
    assert bad[0].sentence
    return bad[0]


def gemini(emulator: GeminiEmulator, key: str = "emulator") -> Connection:
    return Connection("gemini", "gemini", {"api_key": key, "endpoint": emulator.address})


def ear(emulator: GoogleSpeechEmulator, project: str = "leadline-dev", **more: str) -> Connection:
    return Connection("google", "google", {"project": project, "speech_endpoint": emulator.address, **more})


def voice(emulator: GoogleVoiceEmulator) -> Connection:
    return Connection("google", "google", {"project": "leadline-dev", "voice_endpoint": emulator.address})


async def test_good_accounts_answer_for_every_model_and_voice_that_calls_would_use() -> None:
    async with GeminiEmulator() as emulator:
        found = await examined(gemini(emulator))
    assert [(each.part, each.ok) for each in found] == [("mind", True), ("mind", True)]
    async with GoogleSpeechEmulator() as speech, GoogleVoiceEmulator() as speaker:
        both = Connection(
            "google",
            "google",
            {"project": "leadline-dev", "speech_endpoint": speech.address, "voice_endpoint": speaker.address},
        )
        found = await examined(both)
    assert [(each.part, each.ok) for each in found] == [("ear", True), ("voice", True), ("voice", True)]


async def test_an_account_that_no_call_uses_is_asked_with_the_usual_model() -> None:
    async with GeminiEmulator() as emulator:
        connection = gemini(emulator)
        found = await examine_connection(connection, [Use(Choice())], HostedProber(Settings.model_validate({})))
    assert [each.ok for each in found] == [True]


# Gemini.


async def test_a_wrong_gemini_key_is_told() -> None:
    async with GeminiEmulator() as emulator:
        problem = the_problem(await examined(gemini(emulator, "somebody-elses")))
    assert problem.kind == KIND.WRONG_KEY
    assert "somebody-elses" not in str(problem)


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        ("API_KEY_EXPIRED", KIND.EXPIRED),
        ("SERVICE_DISABLED", KIND.NOT_ALLOWED),
        ("FAILED_PRECONDITION", KIND.WRONG_REGION),
        ("NOT_FOUND", KIND.UNKNOWN_MODEL),
        ("UNAVAILABLE", KIND.BUSY),
    ],
)
async def test_geminis_refusals_are_told_apart(error: str, kind: ProblemKind) -> None:
    async with GeminiEmulator() as emulator:
        emulator.faults.set(Fault("refuse", error=error))
        problem = the_problem(await examined(gemini(emulator)))
    assert problem.kind == kind


async def test_a_used_up_quota_of_gemini_is_told() -> None:
    async with GeminiEmulator() as emulator:
        emulator.faults.set(Fault("rate_limit"))
        assert the_problem(await examined(gemini(emulator))).kind == KIND.QUOTA


async def test_an_unknown_model_is_told_with_its_name_and_the_others_are_not_blamed() -> None:
    async with GeminiEmulator() as emulator:
        found = await examined(gemini(emulator), mind_models="gemini-3.5-flash-lite,gemini-2.0-flash")
    problem = the_problem(found)
    assert problem.kind == KIND.UNKNOWN_MODEL
    assert "gemini-2.0-flash" in problem.sentence
    assert [each.ok for each in found] == [True, False]


async def test_a_wrong_project_and_a_wrong_region_of_vertex_are_told_apart() -> None:
    async with GeminiEmulator() as emulator:
        settings = {"credentials": emulator.key_file, "endpoint": emulator.address}
        good = {**settings, "project": "emulated-project", "location": "us-central1"}
        assert all(each.ok for each in await examined(Connection("gemini", "gemini", good)))
        wrong_project = {**good, "project": "somebody-elses-project"}
        assert the_problem(await examined(Connection("gemini", "gemini", wrong_project))).kind == KIND.WRONG_PROJECT
        wrong_region = {**good, "location": "mars-north1"}
        problem = the_problem(await examined(Connection("gemini", "gemini", wrong_region)))
    assert problem.kind in (KIND.WRONG_REGION, KIND.UNKNOWN_MODEL)
    assert "region" in problem.sentence + problem.fix


async def test_a_key_whose_service_account_is_unknown_is_told() -> None:
    async with GeminiEmulator() as emulator, GeminiEmulator() as other:
        settings = {"project": "emulated-project", "location": "us-central1", "endpoint": emulator.address}
        stranger = other.sign_in.key_file(f"{emulator.address}/token", "emulated-project")
        found = await examined(Connection("gemini", "gemini", {**settings, "credentials": stranger}))
    assert the_problem(found).kind == KIND.WRONG_KEY


async def test_a_token_that_ran_out_is_told() -> None:
    async with GeminiEmulator() as emulator:
        emulator.faults.set(Fault("refuse", error="ACCESS_TOKEN_EXPIRED"))
        assert the_problem(await examined(gemini(emulator))).kind == KIND.EXPIRED


async def test_a_wrong_clock_is_not_taken_for_a_wrong_key() -> None:
    async with GeminiEmulator() as emulator:
        emulator.date = format_datetime(datetime.now(UTC) + timedelta(hours=2), usegmt=True)
        emulator.faults.set(Fault("refuse", error="UNAUTHENTICATED"))
        assert the_problem(await examined(gemini(emulator))).kind == KIND.CLOCK_SKEW


async def test_gemini_out_of_reach_is_told() -> None:
    connection = Connection("gemini", "gemini", {"api_key": "k", "endpoint": f"http://127.0.0.1:{free_port()}"})
    assert the_problem(await examined(connection)).kind == KIND.UNREACHABLE


# Google speech.


async def test_a_wrong_project_is_told_by_the_ear() -> None:
    async with GoogleSpeechEmulator(rules=SpeechRules(projects=frozenset({"leadline-dev"}))) as emulator:
        assert all(each.ok for each in await examined(ear(emulator), voice="local"))
        problem = the_problem(await examined(ear(emulator, "leadline-other"), voice="local"))
    assert problem.kind == KIND.WRONG_PROJECT
    assert "leadline-other" in problem.sentence


async def test_a_wrong_region_is_told_by_the_ear() -> None:
    async with GoogleSpeechEmulator(rules=SpeechRules(location="eu")) as emulator:
        problem = the_problem(await examined(ear(emulator, location="us"), voice="local"))
    assert problem.kind == KIND.WRONG_REGION


async def test_an_unknown_recognition_model_is_told_with_its_name() -> None:
    async with GoogleSpeechEmulator() as emulator:
        problem = the_problem(await examined(ear(emulator), voice="local", ear_model="chirp_9"))
    assert problem.kind == KIND.UNKNOWN_MODEL
    assert "chirp_9" in problem.sentence


@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        (Fault("refuse", error="UNAUTHENTICATED", message="Request had invalid authentication credentials."),
         KIND.WRONG_KEY),
        (Fault("refuse", error="UNAUTHENTICATED", message="The access token has expired."), KIND.EXPIRED),
        (Fault("refuse", error="UNAUTHENTICATED", message="Token must be a short-lived token (60 minutes) and in a "
               "reasonable timeframe. Check your iat and exp values."), KIND.CLOCK_SKEW),
        (Fault("refuse", error="PERMISSION_DENIED", message="Cloud Speech-to-Text API has not been used in project "
               "123 before or it is disabled."), KIND.NOT_ALLOWED),
        (Fault("rate_limit"), KIND.QUOTA),
    ],
)  # fmt: skip
async def test_refusals_of_google_speech_are_told_apart(fault: Fault, kind: ProblemKind) -> None:
    async with GoogleSpeechEmulator() as emulator:
        emulator.faults.set(fault)
        assert the_problem(await examined(ear(emulator), voice="local")).kind == kind


async def test_doctor_asks_with_the_words_and_the_language_of_each_flow() -> None:
    base = shipped.load("home_services").flow
    spanish = base.model_copy(update={"id": "es", "name": "Spanish", "language": "es-US"})
    async with GoogleSpeechEmulator() as emulator:
        found = await examined(ear(emulator), base, spanish, voice="local", default_flow=base.id)
        assert all(each.ok for each in found)
        asked = {(each.config.config.language_codes[0], bool(_phrases(each))) for each in emulator.streams}
    assert asked == {("en-US", True), ("es-US", True)}


def _phrases(stream: Any) -> list[Any]:
    return [p for each in stream.config.config.adaptation.phrase_sets for p in each.inline_phrase_set.phrases]


async def test_a_flow_whose_words_google_refuses_to_favour_is_named_by_doctor() -> None:
    base = shipped.load("home_services").flow
    spanish = base.model_copy(update={"id": "es", "name": "Spanish", "language": "es-US"})
    rules = SpeechRules(no_adaptation=frozenset({("telephony", "es-US")}))
    async with GoogleSpeechEmulator(rules=rules) as emulator:
        found = await examined(ear(emulator), base, spanish, voice="local")
    problem = the_problem(found)
    assert problem.kind == KIND.REFUSED and "Spanish" in problem.about
    assert "words to favour" in problem.sentence and "es-US" in problem.sentence
    assert [each.ok for each in found if "Spanish" not in each.about] == [True], "the other flow is not blamed"


# Google voice.


async def test_a_voice_is_asked_for_at_its_own_place() -> None:
    async with GoogleVoiceEmulator() as emulator:
        found = await examined(voice(emulator), ear="local", voice_location="eu")
    assert all(each.ok and " at eu" in each.about for each in found)


async def test_an_unknown_voice_is_told_with_its_name_and_the_other_is_not_blamed() -> None:
    async with GoogleVoiceEmulator() as emulator:
        found = await examined(voice(emulator), ear="local", voice_second="en-US-Chirp3-HD-Nobody")
    problem = the_problem(found)
    assert problem.kind == KIND.UNKNOWN_VOICE
    assert "en-US-Chirp3-HD-Nobody" in problem.sentence
    assert [each.ok for each in found] == [True, False]


@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        (Fault("refuse", error="UNAUTHENTICATED"), KIND.WRONG_KEY),
        (Fault("refuse", error="PERMISSION_DENIED"), KIND.NOT_ALLOWED),
        (Fault("refuse", error="UNAVAILABLE"), KIND.BUSY),
        (Fault("rate_limit"), KIND.QUOTA),
    ],
)
async def test_refusals_of_google_voice_are_told_apart(fault: Fault, kind: ProblemKind) -> None:
    async with GoogleVoiceEmulator() as emulator:
        emulator.faults.set(fault)
        assert the_problem(await examined(voice(emulator), ear="local")).kind == kind


# Vonage; what its answers mean has tests of its own in tests/telephony/test_carrier_troubles.py.


async def test_a_vonage_account_is_asked_without_ringing_anybody(tmp_path: Path) -> None:
    account = demo_credentials(tmp_path)
    async with LoopbackNetwork(
        tmp_path / "network",
        application_id=account.application_id,
        api_key=account.api_key,
        signature_secret=account.signature_secret,
        public_key_pem=account.public_key_pem,
    ) as network:
        fields = {
            "application_id": account.application_id,
            "private_key": account.private_key_file.read_text(),
            "api_key": account.api_key,
            "signature_secret": account.signature_secret,
            "number": "+14155550100",
        }
        values = {"vonage_api_host": network.api_host, "vonage_ca_bundle": network.ca_file}
        assert [each.ok for each in await examined(Connection("tel", "vonage", fields), **values)] == [True]
        wrong = {**fields, "application_id": "somebody-elses"}
        problem = the_problem(await examined(Connection("tel", "vonage", wrong), **values))
        key = load_pem_private_key(account.private_key_file.read_bytes(), password=None)
        older = key.private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption()).decode()
        in_pkcs1 = {**fields, "private_key": older}
        assert [each.ok for each in await examined(Connection("tel", "vonage", in_pkcs1), **values)] == [True]
        assert network.calls == []
    assert (problem.part, problem.kind) == ("carrier", KIND.WRONG_PROJECT)
    wrong_key = {**fields, "private_key": "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----"}
    assert "no whole private key" in the_problem(await examined(Connection("tel", "vonage", wrong_key))).sentence


async def test_a_key_of_the_settings_that_cannot_sign_is_told_and_raises_nothing() -> None:
    account = VonageAccount("app", "no key at all", "abcd1234", "secret", "+14155550100")
    problem = await HostedProber(Settings()).carrier(account)
    assert problem is not None
    assert (problem.kind, "no whole private key" in problem.sentence) == (KIND.WRONG_KEY, True)
