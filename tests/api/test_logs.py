"""Log lines: one a message, with the call, and nothing personal."""

from __future__ import annotations

import io
import json
import logging

from engine.observe.logs import JsonLine, PlainLine, about_call
from engine.observe.metrics import Metrics


def logged(formatter: logging.Formatter) -> str:
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(formatter)
    log = logging.getLogger("test.lines")
    log.addHandler(handler)
    log.propagate = False
    try:
        with about_call("call_31", ("Dana", "Reyes")):
            try:
                int("Dana's number +14155552671\ncannot be dialled")
            except ValueError:
                log.exception("Mail to dana.reyes@example.com failed for Dana Reyes")
        log.warning("outside")
    finally:
        log.removeHandler(handler)
    return stream.getvalue()


def test_a_traceback_is_one_line_without_names_phones_and_addresses() -> None:
    text = logged(PlainLine())
    assert len(text.splitlines()) == 2
    assert "call=call_31" in text.splitlines()[0]
    assert "call=" not in text.splitlines()[1]
    assert not [secret for secret in ("Dana", "Reyes", "4155552671", "dana.reyes@") if secret in text]


def test_json_lines_carry_the_call_as_a_field() -> None:
    first, second = (json.loads(line) for line in logged(JsonLine()).splitlines())
    assert (first["call"], first["level"]) == ("call_31", "error")
    assert "call" not in second
    assert "Dana" not in first["message"]


def test_metrics_tell_counts_and_quantiles() -> None:
    metrics = Metrics()
    metrics.add("calls_ended", 3)
    for value in range(1, 101):
        metrics.observe("response_ms_p50", value)
    lines = metrics.text(calls_live=2).splitlines()
    assert "leadline_calls_live 2" in lines
    assert "leadline_calls_ended_total 3" in lines
    assert 'leadline_response_ms_p50{quantile="0.95"} 96' in lines
