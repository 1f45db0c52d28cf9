"""Time of each recogniser on a twenty-word utterance: `python bench/recognisers.py`. Target: under 0.3 ms each."""

import time
from collections.abc import Callable
from datetime import datetime
from zoneinfo import ZoneInfo

from engine.dialogue.recognisers import (
    address,
    choice,
    email,
    free_text,
    money,
    name,
    numbers,
    openings,
    phone,
    question,
    reflexes,
    refusal,
    timeline,
    when,
    yes_no,
    zip_code,
)
from engine.dialogue.recognisers.choice import Option

LINE = "Yep. So my roof's leaking, it's our house in 94110, and I need somebody Thursday at ten, what have you got?"
SPELLED = "It's M, A, R, I, A, dot, L, O, P, E, Z, underscore, seven two, at gmail dot com."
NOW = datetime(2026, 9, 15, 10, 15, tzinfo=ZoneInfo("America/Los_Angeles"))
OPENINGS = [NOW.replace(day=17, hour=10, minute=0), NOW.replace(day=18, hour=15, minute=0)]
OPTIONS = [Option(f"option_{i}", f"Label {i}", ("roof leak", f"word {i}", f"other thing {i}")) for i in range(8)]
ROUNDS = 1000


def main() -> None:
    cases: dict[str, Callable[[], object]] = {
        "numbers": lambda: numbers.find(LINE),
        "zip_code": lambda: zip_code.find(LINE),
        "choice (8 options)": lambda: choice.find(LINE, OPTIONS),
        "yes_no": lambda: yes_no.answer(LINE),
        "timeline": lambda: timeline.find(LINE, NOW.date()),
        "when": lambda: when.find(LINE, NOW),
        "when + pick": lambda: openings.pick(LINE, OPENINGS, NOW, OPENINGS),
        "name": lambda: name.find(LINE),
        "phone": lambda: phone.find(LINE),
        "phone (a number)": lambda: phone.find("It's four one five, five five five, zero one seven two."),
        "email (spelled)": lambda: email.find(SPELLED),
        "money": lambda: money.find(LINE),
        "address": lambda: address.find(LINE),
        "free_text": lambda: free_text.find(LINE),
        "refusal": lambda: refusal.find(LINE),
        "reflexes": lambda: reflexes.detect(LINE),
        "question": lambda: question.questions(LINE),
    }
    for label, case in cases.items():
        case()
        begun = time.process_time()
        for _ in range(ROUNDS):
            case()
        print(f"{label:20} {(time.process_time() - begun) / ROUNDS * 1000:6.3f} ms")


if __name__ == "__main__":
    main()
