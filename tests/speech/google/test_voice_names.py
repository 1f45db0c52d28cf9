"""Names of Google's voices: what each can do, and which surely do not exist."""

import pytest

from engine.provider_problem import ProblemKind, ProviderProblem
from engine.speech.google.voice_names import CHIRP_3_HD, VoiceName, misplaced, read_voice
from tests.emulators.google_voice import rules


def read(name: str, language: str = "en-US") -> VoiceName:
    found = read_voice(name, language)
    assert isinstance(found, VoiceName)
    return found


def test_all_thirty_names_are_known():
    assert sorted(CHIRP_3_HD) == sorted(rules.NAMES) and len(CHIRP_3_HD) == 30


def test_a_first_name_alone_is_the_voice_of_the_calls_language():
    assert read("Kore").full == "en-US-Chirp3-HD-Kore"
    assert read("Kore", "es-US").full == "es-US-Chirp3-HD-Kore"


@pytest.mark.parametrize(
    ("name", "streams", "pauses"),
    [
        ("en-US-Chirp3-HD-Kore", True, True),
        ("en-GB-Chirp-HD-F", True, False),
        ("en-US-Journey-F", True, False),
        ("en-US-Neural2-C", False, False),
        ("en-US-Wavenet-F", False, False),
        ("en-US-Standard-B", False, False),
        ("en-US-Studio-O", False, False),
    ],
)
def test_which_voices_stream_and_which_know_pauses(name: str, streams: bool, pauses: bool):
    assert (read(name).streams, read(name).takes_pauses) == (streams, pauses)
    assert name.startswith(read(name).language)


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("en-US-Chirp3-HD-Cora", "Did you mean en-US-Chirp3-HD-Kore?"),
        ("en-US-Chirp3-HD-kore", "Did you mean en-US-Chirp3-HD-Kore?"),
        ("en-US-Chirp3-HD-Xxxxxx", "Achernar"),
        ("heart", "looks like"),
        ("", "looks like"),
        ("kore", "looks like"),
    ],
)
def test_a_voice_that_does_not_exist_is_told_with_what_was_meant(name: str, told: str):
    problem = read_voice(name)
    assert isinstance(problem, ProviderProblem)
    assert problem.kind is ProblemKind.UNKNOWN_VOICE and told in problem.fix


def test_a_region_without_these_voices_is_told():
    voice = read("Kore")
    assert misplaced(voice, "eu") is None and misplaced(voice, "") is None
    problem = misplaced(voice, "us-central1")
    assert problem is not None and problem.kind is ProblemKind.WRONG_REGION
    assert misplaced(read("en-US-Neural2-C"), "us-central1") is None
