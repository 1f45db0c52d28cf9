"""The web server's port answers without waiting for the other side, and its memory is not searched during calls."""

import gc
import socket
from pathlib import Path

from engine.api.server import bind, keep_for_good
from engine.settings import Settings
from engine.supervisor import free_port


def test_the_second_half_of_an_answer_does_not_wait_for_the_other_side_to_confirm_the_first(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path, port=free_port())
    with bind(settings) as listener, socket.create_connection(listener.getsockname()), listener.accept()[0] as accepted:
        assert accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
        assert accepted.proto == socket.IPPROTO_TCP, "asyncio goes by this"


def test_what_is_loaded_at_the_start_is_not_looked_through_again() -> None:
    try:
        keep_for_good()
        frozen = gc.get_freeze_count()
        assert frozen > 10_000
        assert len(gc.get_objects()) < frozen / 10
    finally:
        gc.unfreeze()
