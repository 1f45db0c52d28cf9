"""What the names of Google's voices tell: language, kind, whether the voice streams. Pure; asks nobody.

Source: Google's page "Chirp 3: HD voices" (list of names, formats, regions) and the quota page of Text-to-Speech.
"""

from __future__ import annotations

import difflib
import re
from dataclasses import dataclass
from typing import Final

from engine.flow.provider_facts import VOICE_PLACES
from engine.provider_problem import ProblemKind, ProviderProblem

CHIRP_3_HD: Final = (
    *("Achernar", "Achird", "Algenib", "Algieba", "Alnilam", "Aoede", "Autonoe", "Callirrhoe", "Charon", "Despina"),
    *("Enceladus", "Erinome", "Fenrir", "Gacrux", "Iapetus", "Kore", "Laomedeia", "Leda", "Orus", "Pulcherrima"),
    *("Puck", "Rasalgethi", "Sadachbia", "Sadaltager", "Schedar", "Sulafat", "Umbriel", "Vindemiatrix", "Zephyr"),
    "Zubenelgenubi",
)
"""The thirty voices that exist in every language of Chirp 3: HD."""

FEMALE: Final = frozenset(
    {
        *("Achernar", "Aoede", "Autonoe", "Callirrhoe", "Despina", "Erinome", "Gacrux", "Kore", "Laomedeia", "Leda"),
        *("Pulcherrima", "Sulafat", "Vindemiatrix", "Zephyr"),
    }
)
"""Those of them that Google describes as female; the others are male."""

CHIRP_3_HD_REGIONS: Final = frozenset(VOICE_PLACES)

RATES: Final = (0.25, 2.0)
"""Slowest and fastest speaking rate that Google takes; 1 is the voice's own."""

_NAME: Final = re.compile(r"(?P<language>[a-z]{2,3}-[A-Z]{2})-(?P<kind>[A-Za-z0-9]+(?:-HD)?)-(?P<name>[A-Za-z0-9-]+)")
_STREAMING: Final = frozenset({"Chirp3-HD", "Chirp-HD", "Journey"})


@dataclass(frozen=True, slots=True)
class VoiceName:
    """`full` as Google writes it: `en-US-Chirp3-HD-Kore` is `language` en-US, `kind` Chirp3-HD, `name` Kore."""

    full: str
    language: str
    kind: str
    name: str

    @property
    def streams(self) -> bool:
        """Whether its sound comes while it is being made; the others answer with the whole at once."""
        return self.kind in _STREAMING

    @property
    def takes_pauses(self) -> bool:
        """Whether it understands `[pause]`; other voices would read it aloud."""
        return self.kind == "Chirp3-HD"


def read_voice(name: str, language: str = "en-US") -> VoiceName | ProviderProblem:
    """The voice of that name; `Kore` alone is the Chirp 3: HD voice of `language`. A problem if Google surely has no
    such voice. Names of other kinds than Chirp 3: HD are believed: their lists change."""
    if name in CHIRP_3_HD:
        name = f"{language}-Chirp3-HD-{name}"
    found = _NAME.fullmatch(name)
    if found is None:
        return _unknown(name, "A voice's full name looks like en-US-Chirp3-HD-Kore.")
    voice = VoiceName(name, found["language"], found["kind"], found["name"])
    if voice.takes_pauses and voice.name not in CHIRP_3_HD:
        near = difflib.get_close_matches(voice.name.capitalize(), CHIRP_3_HD, n=1, cutoff=0.5)
        meant = f"{voice.language}-Chirp3-HD-{near[0]}" if near else ""
        return _unknown(name, f"Did you mean {meant}?" if meant else f"The names are: {', '.join(CHIRP_3_HD)}.")
    return voice


def misplaced(voice: VoiceName, region: str) -> ProviderProblem | None:
    """A problem if Google does not offer `voice` in `region`."""
    if not voice.takes_pauses or (region or "global") in CHIRP_3_HD_REGIONS:
        return None
    return ProviderProblem(
        ProblemKind.WRONG_REGION,
        f'Google does not offer the voice "{voice.full}" in the region "{region}".',
        f"Choose one of {', '.join(sorted(CHIRP_3_HD_REGIONS))}.",
    )


def _unknown(name: str, fix: str) -> ProviderProblem:
    return ProviderProblem(ProblemKind.UNKNOWN_VOICE, f'Google has no voice "{name}".', fix)
