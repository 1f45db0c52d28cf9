"""Recorded shapes of good and bad streams, byte for byte, also cut inside an event and inside a character."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.dialogue.commands import SlotHeard
from engine.dialogue.model import Offer
from engine.mind.gemini import GeminiModel
from engine.provider_problem import ProblemKind
from tests.emulators.gemini import GeminiEmulator
from tests.emulators.gemini.server import SHAPES
from tests.support.mind import Told, turn

GOOD = sorted(SHAPES.glob("good_*.sse"))
BAD = {
    "bad_finish_max_tokens": ProblemKind.CUT,
    "bad_finish_continuation": ProblemKind.CUT,
    "bad_max_tokens_in_the_middle": ProblemKind.CUT,
    "bad_no_finish_reason": ProblemKind.CUT,
    "bad_no_events": ProblemKind.CUT,
    "bad_other_shape": ProblemKind.CUT,
    "bad_candidates_of_another_kind": ProblemKind.CUT,
    "bad_error_event": ProblemKind.BUSY,
    "bad_error_first": ProblemKind.BUSY,
    "bad_finish_pup_limited_disabled": ProblemKind.NOT_ALLOWED,
}
"""All others are answers that cannot be used."""

BEGUN = {"bad_safety_in_the_middle", "bad_max_tokens_in_the_middle", "bad_no_finish_reason", "bad_error_event",
         "bad_not_json", "bad_not_utf8"}  # fmt: skip
"""Streams whose commands came before it went wrong."""


CUTS = (None, 1, 7)
"""As it was sent; byte by byte; anywhere."""


@pytest.mark.parametrize("shape", GOOD, ids=lambda path: path.stem)
@pytest.mark.filterwarnings("ignore:.* is not a valid")
async def test_a_good_stream_is_read_however_it_is_cut(gemini: GeminiEmulator, model: GeminiModel, shape: Path):
    gemini.replay = shape.read_bytes()
    for gemini.segments in CUTS:
        told = Told()
        heard = await turn(model, "94110", told)
        assert heard.failed is None
        assert heard.commands == [SlotHeard("zip", "94110", "94110", 0.9)]
        assert heard.offer == Offer("timeline")
        assert heard.speech == "Got it, 94110, señora 👍. How soon do you need it?"
        assert (told.spent[0].prompt_tokens, told.spent[0].outcome) == (3100, "ok")


@pytest.mark.parametrize("shape", sorted(SHAPES.glob("bad_*.sse")), ids=lambda path: path.stem)
@pytest.mark.filterwarnings("ignore:.* is not a valid")
async def test_a_bad_stream_is_an_error_with_a_name_and_keeps_its_commands(
    gemini: GeminiEmulator, model: GeminiModel, shape: Path
):
    gemini.replay = shape.read_bytes()
    for gemini.segments in CUTS:
        told = Told()
        heard = await turn(model, "94110", told)
        assert heard.kind is BAD.get(shape.stem, ProblemKind.UNREADABLE), heard.failed
        assert bool(heard.commands) is (shape.stem in BEGUN)
        # Prose came over well; that it is of no use is found out by reading it.
        assert [each.outcome for each in told.spent] == ["ok" if shape.stem == "bad_prose" else heard.kind.value]
    assert len(gemini.served) == len(CUTS), "the SDK must not ask again"
