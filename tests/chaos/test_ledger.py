"""The ledger sees what is wrong, and a seed says what happens."""

from collections import Counter
from itertools import islice

import pytest

from tests.chaos.blows import KILLS, Form, a_round, blows
from tests.chaos.ledger import Count, Ledger

DUE = frozenset({"a", "b"})


@pytest.mark.parametrize(
    ("made", "words"),
    [
        ({"a": 1, "b": 1}, []),
        ({"a": 1}, ["webhooks: 1 lost: b"]),
        ({"a": 2, "b": 1}, ["webhooks: 1 made twice: a"]),
        ({"a": 1, "b": 1, "c": 1}, ["webhooks: 1 known to nobody: c"]),
        ({"a": 2, "c": 1}, ["webhooks: 1 lost: b", "webhooks: 1 made twice: a", "webhooks: 1 known to nobody: c"]),
    ],
)
def test_what_is_lost_made_twice_or_known_to_nobody_is_wrong(made: dict[str, int], words: list[str]) -> None:
    ledger = Ledger(2, 0, [Count("webhooks", DUE, Counter(made))], {}, [])
    assert ledger.wrong == words
    assert str(ledger).count("WRONG") == len(words)


@pytest.mark.parametrize("form", list(KILLS))
def test_a_seed_gives_the_same_blows_and_a_round_has_each_of_them(form: Form) -> None:
    first, again, other = (list(islice(blows(seed, form, 9), a_round(form))) for seed in (7, 7, 8))
    assert first == again != other
    assert {blow.kind for blow in first} == {blow.kind for blow in other}
    assert len({blow.kind for blow in first}) == a_round(form)
