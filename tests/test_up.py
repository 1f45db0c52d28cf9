"""`leadline up`: what it refuses to start."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.settings import Settings, SettingsProblem
from engine.up import UpOptions, run


async def test_real_people_are_never_called_by_an_emulated_mind(tmp_path: Path) -> None:
    settings = Settings.model_construct(phone="vonage", data_dir=tmp_path)
    said: list[str] = []
    with pytest.raises(SettingsProblem, match=r"--emulate.*LEADLINE_PHONE=vonage"):
        await run(settings, UpOptions(emulate=True), said.append)
    assert said == []
    assert list(tmp_path.iterdir()) == []
