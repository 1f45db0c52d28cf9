"""Every word once, in the turn it was spoken in: the ledger of what streams said."""

from __future__ import annotations

from engine.speech.audio import RATE
from engine.speech.google.ledger import Ledger, Result, revision
from engine.speech.google.patience import silence_every
from engine.speech.google.rotation import REPLAY_S
from engine.speech.google.seams import joined, same_words, split_after
from engine.speech.google.tape import Loudness, Tape


def at(seconds: float) -> int:
    return round(seconds * RATE)


def final(text: str, end_s: float) -> Result:
    return Result(text, True, 0.0, at(end_s))


def interim(text: str, end_s: float, stability: float = 0.9) -> Result:
    return Result(text, False, stability, at(end_s))


def tape(seconds: float) -> Tape:
    made = Tape()
    for _ in range(round(seconds / 0.02)):
        made.append(bytes(640), voiced=True)
    return made


def ledger(seconds: float = 30.0) -> Ledger:
    made = Ledger(tape(seconds))
    made.opened(0, 0)
    made.begin_turn(0)
    return made


def test_pieces_are_joined_with_the_spaces_they_bring() -> None:
    book = ledger()
    book.receive(0, [interim("to be or", 1.0), interim(" not to", 1.2, 0.01)])
    view = book.view()
    assert (view.text, view.stability, view.covered, view.final) == ("to be or not to", 0.01, at(1.2), False)


def test_a_final_takes_the_place_of_what_was_not_final_and_the_rest_goes_on() -> None:
    book = ledger()
    book.receive(0, [interim("to bee", 1.0)])
    book.receive(0, [final("to be", 1.0), interim(" or not", 1.6)])
    assert book.view().text == "to be or not"
    assert not book.view().final


def test_offsets_of_a_later_stream_are_counted_from_its_beginning() -> None:
    book = ledger()
    book.receive(0, [final("one", 1.0)])
    book.opened(1, at(1.0))
    book.receive(1, [final("two", 0.5)])
    assert book.view().covered == at(1.5)
    assert book.view().text == "one two"


def test_a_final_that_comes_twice_counts_once() -> None:
    book = ledger()
    for end in (1.0, 1.0, 1.04):
        book.receive(0, [final("yes", end)])
    assert book.view().text == "yes"


def test_words_that_are_really_said_twice_stay_two() -> None:
    book = ledger()
    book.receive(0, [final("five five", 1.0)])
    book.receive(0, [final("five", 1.6)])
    assert book.view().text == "five five five"


def test_an_empty_final_ends_a_stretch_but_takes_nothing_back() -> None:
    book = ledger()
    book.receive(0, [interim("yes", 1.0)])
    book.receive(0, [final("", 1.0)])
    assert (book.view().text, book.view().final) == ("yes", True)
    book.receive(0, [final("", 2.0)])
    assert book.view().text == "yes"


def test_offsets_that_are_not_said_are_replaced_by_what_is_known() -> None:
    book = ledger(2.0)
    book.receive(0, [Result("hello", False, 0.5, 0)])
    assert book.view().covered == at(2.0)
    book.receive(0, [Result("Hello.", True, 0.0, 0)])
    assert (book.view().text, book.view().final) == ("Hello.", True)


def test_an_old_streams_late_words_are_shown_till_the_new_one_is_as_far() -> None:
    book = ledger(3.0)
    book.receive(0, [interim("I need a ro", 2.0)])
    book.opened(1, book.replay_from())
    assert book.view().text == "I need a ro"
    book.receive(0, [final("I need a ro.", 2.1)])
    assert book.view().text == "I need a ro."
    book.receive(1, [interim("I need a roof", 2.2)])
    assert book.view().text == "I need a roof", "a word that was cut at the end of the old stream is whole in the new"


def test_results_of_a_stream_that_nobody_opened_are_nothing() -> None:
    book = ledger()
    book.receive(7, [final("foreign", 1.0)])
    assert book.view().text == ""


def test_a_text_over_two_turns_is_cut_where_the_first_ones_words_end() -> None:
    book = ledger()
    book.receive(0, [interim("two thirty", 1.0)])
    book.end_turn(at(1.2))
    book.begin_turn(at(1.6))
    book.receive(0, [final("Two thirty, no wait", 3.0)])
    assert book.view(1).text == "Two thirty,"
    assert book.view(0).text == "no wait"


def test_a_turn_is_closed_for_good_when_its_final_covers_it() -> None:
    book = ledger()
    book.receive(0, [interim("two thirty", 1.0)])
    book.end_turn(at(1.2))
    assert not book.closed_for_good(book.view(), 0)
    book.receive(0, [final("Two fifty.", 1.0)])
    assert book.closed_for_good(book.view(), 0)
    assert revision("two thirty", book.view()) == "Two fifty."
    assert revision("two fifty", book.view()) is None


def test_not_more_than_ten_seconds_are_replayed_and_silence_not_at_all() -> None:
    book = ledger(30.0)
    assert book.replay_from() == at(30.0 - REPLAY_S)
    book.receive(0, [final("so far", 29.0)])
    assert book.replay_from() == at(29.0)
    book.end_turn(at(29.5))
    quiet = Ledger(tape(30.0))
    quiet.opened(0, 0)
    assert quiet.replay_from() in (0, at(20.0)), "nobody spoke"


def test_the_seam_of_two_texts_holds_each_word_once_and_the_whole_one_of_a_cut_pair() -> None:
    assert joined(["I", "need", "a", "roof"], ["a", "roof", "repair"]) == ["I", "need", "a", "roof", "repair"]
    assert joined(["I", "need", "a", "ro"], ["need", "a", "roof", "repair"]) == ["I", "need", "a", "roof", "repair"]
    assert joined(["I", "need", "a", "roof"], ["eed", "a", "roof", "repair"]) == ["I", "need", "a", "roof", "repair"]
    assert joined(["yes"], ["no"]) == ["yes", "no"]
    assert joined([], ["a"]) == ["a"]


def test_where_one_text_ends_is_found_though_it_was_heard_a_little_differently() -> None:
    assert split_after(["I", "need", "a", "new", "roof", "no", "wait"], ["i", "need", "a", "knew", "roof"]) == 5
    assert split_after(["yes", "tomorrow"], []) == 0
    assert split_after([], ["yes"]) == 0
    assert same_words("Yes, tomorrow.", "yes tomorrow")


def test_the_tape_keeps_what_may_be_replayed_and_no_more() -> None:
    made = Tape(keep_s=1.0)
    for number in range(100):
        made.append(bytes([number]) * 640, voiced=number < 50)
    assert made.end == 100 * 320
    assert made.end - made.begin <= 51 * 320
    assert made.read(made.end - 320, made.end) == bytes([99]) * 640
    assert len(made.read(0, made.end)) == (made.end - made.begin) * 2
    assert made.read(made.end - 480, made.end - 160) == bytes([98]) * 320 + bytes([99]) * 320
    assert made.silent == 50 * 320


def test_loudness_follows_the_speaker() -> None:
    loud = Loudness()
    assert not loud.voiced(-70)
    assert loud.voiced(-25)
    assert not loud.voiced(-50)
    assert loud.voiced(-40)


def test_silence_is_sent_in_step_with_the_clock_and_slower_when_ahead() -> None:
    assert silence_every(fed_ago_s=0.02, ahead_s=0, in_turn=True) is None
    assert silence_every(fed_ago_s=0.2, ahead_s=0, in_turn=False) == 0.1
    assert silence_every(fed_ago_s=0.2, ahead_s=1.0, in_turn=True) == 0.1
    assert silence_every(fed_ago_s=0.2, ahead_s=1.0, in_turn=False) == 0.2
    slow = silence_every(fed_ago_s=0.2, ahead_s=4.0, in_turn=False)
    assert slow is not None
    assert slow < 5, "the server's patience"
