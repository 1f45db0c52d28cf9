"""`leadline up`: what it refuses to start."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.settings import Settings, SettingsProblem
from engine.up import UpOptions, origins, run


async def test_real_people_are_never_called_by_an_emulated_mind(tmp_path: Path) -> None:
    settings = Settings.model_construct(phone="vonage", data_dir=tmp_path)
    said: list[str] = []
    with pytest.raises(SettingsProblem, match=r"--emulate.*LEADLINE_PHONE=vonage"):
        await run(settings, UpOptions(emulate=True), said.append)
    assert said == []
    assert list(tmp_path.iterdir()) == []


def test_the_canvas_of_a_builder_on_another_port_may_talk_to_the_engine() -> None:
    set_ones = Settings(builder_origins="https://builder.example")
    assert origins(set_ones, 9501) == ["http://127.0.0.1:9501", "http://localhost:9501", "https://builder.example"]
