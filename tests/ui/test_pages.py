"""What staff read on each page, in front of the real API with calls that the real conversation talked through."""

from __future__ import annotations

import httpx

from engine.supervisor import free_port
from tests.support.background_house import House
from tests.support.page_text import raw, words
from tests.support.seeded_calls import BOOKED, FAILED_AFTERWARDS, LIVE, NOT_REACHED, PUT_THROUGH, VOICE_BROKE
from tests.ui.conftest import Shown


def test_home_says_that_calls_can_be_placed_and_what_happened_today(show: Shown) -> None:
    page = show("home")
    text = words(page)
    assert "All is well" in text
    figures = {metric.label: metric.value for metric in page.metric}
    assert int(figures["Calls today"]) >= 5
    assert int(figures["Appointments booked"]) >= 1
    assert figures["From form to ring"].endswith(" s")
    assert "Ruth Amsel" in text  # on the phone now
    assert "Dana Reyes" in text
    assert "Out of our area" in text  # why leads did not qualify


def test_leads_show_how_their_last_call_ended(show: Shown) -> None:
    text = words(show("leads"))
    assert "Dana Reyes +1 415 555 2600 Booked" in text
    assert "Mara Quinn +1 415 555 2606 Wants no calls" in text
    assert "Waiting Next call" in text


def test_a_lead_in_full_shows_form_consent_and_calls(show: Shown, house: House) -> None:
    headers = {"Authorization": f"Bearer {house.token}"}
    found = httpx.get(f"{house.address}/leads", headers=headers).json()["leads"]
    dana = next(lead for lead in found if lead["first_name"] == "Dana")
    text = words(show("leads", lead=dana["id"]))
    assert "The roof leaks over the garage." in text
    assert "Agreed in writing" in text
    assert "I agree to be called by an AI assistant" in text
    assert "What happened" in text
    assert "Call, attempt 1" in text


def test_a_lead_typed_in_is_taken_and_called_once(show: Shown, house: House) -> None:
    page = show("leads")
    page.text_input(key="try-first").input("Grace")
    page.text_input(key="try-last").input("O'Neill")
    page.text_input(key="try-phone").input("(415) 555-0142")
    page.text_area[0].input("service: leaking roof")
    page.checkbox[0].check()
    page.button[0].click().run()
    assert "The lead was taken" in page.success[0].value
    page.button[0].click().run()
    assert "nobody is called twice" in page.warning[0].value
    headers = {"Authorization": f"Bearer {house.token}"}
    newest = httpx.get(f"{house.address}/leads", headers=headers).json()["leads"][0]
    assert (newest["last_name"], newest["phone"], newest["form"]) == (
        "O'Neill",
        "+14155550142",
        {"service": "leaking roof"},
    )


def test_a_form_that_cannot_be_called_says_which_field_and_what_to_do(show: Shown) -> None:
    page = show("leads")
    page.text_input(key="try-first").input("Grace")
    page.text_input(key="try-phone").input("12")
    page.button[0].click().run()
    assert "The form was not taken" in page.error[0].value
    assert "Tick the box" in page.error[0].value


def test_calls_list_the_running_one_apart_and_filter_by_outcome(show: Shown) -> None:
    page = show("calls")
    text = words(page)
    assert "Live now" in text
    assert text.index("Ruth Amsel") < text.index("Dana Reyes")
    page.selectbox(key="outcome").select("unqualified").run()
    filtered = words(page)
    assert "June Okafor" in filtered
    assert "Dana Reyes" not in filtered


def test_a_call_shows_outcome_words_and_their_proof(show: Shown) -> None:
    page = show("call", call=BOOKED)
    text = words(page)
    assert "Call with Dana Reyes" in text
    assert "Booked" in text
    assert "Qualified: everything that must be met is met." in text
    assert "Appointment" in text
    assert "2:00 PM – 3:00 PM" in text
    assert "corrected; was 94017" in text  # the caller corrected the ZIP
    assert "said “House” at 0:29" in text
    assert "That it is an AI heard to its end, 0:" in text
    assert "Our first word 0.3 s after the hello" in text
    [player] = page.get("bidi_component")
    assert "Shingles came off" in str(player.proto), "the words stand beside the recording"


def test_a_call_says_why_it_went_where(show: Shown) -> None:
    text = words(show("call", call=BOOKED))
    assert "From “Ready to book?” to “Offer times and book”, because the lead is qualified" in text
    assert "From “Offer times and book” to “Address and e-mail”, as it ended with “Booked”" in text
    assert "The lead is not qualified: no" in text  # a way that was looked at and not taken
    assert "Noted: ZIP is 94107" in text
    assert "edge " not in text  # no raw ids


def test_after_the_call_a_failed_step_says_what_to_do(show: Shown) -> None:
    text = words(show("call", call=FAILED_AFTERWARDS))
    assert "A person must help" in text
    assert "Mail to the office failed" in text
    assert "Correct it in the card." in text


def test_a_call_that_reached_nobody_still_has_a_page(show: Shown) -> None:
    text = words(show("call", call=NOT_REACHED))
    assert "No answer" in text
    assert "Nothing was said in this call." in text


def test_a_running_call_shows_what_was_said_and_found_so_far(show: Shown) -> None:
    text = words(show("call", call=LIVE))
    assert "This call is running" in text
    assert "an AI assistant calling for Harborline" in text
    assert "said “Nine four one one zero”" in text
    assert "94110" in text


def test_an_unknown_call_is_told_in_words(show: Shown) -> None:
    page = show("call", call="call_nobody")
    assert "There is no call call_nobody." in page.error[0].value


def test_every_page_says_so_when_the_engine_is_down_and_offers_to_try_again(show: Shown) -> None:
    nowhere = f"http://127.0.0.1:{free_port()}"
    for name in ("home", "leads", "calls", "flows", "connections", "settings"):
        page = show(name, address=nowhere, token="")
        assert "The engine does not answer" in page.error[0].value, name
        assert nowhere in page.error[0].value
        assert any(button.label == "Try again" for button in page.button), name


def test_a_wrong_token_says_which_setting_to_mend(show: Shown, house: House) -> None:
    page = show("calls", address=house.address, token="not-the-token-of-this-house")
    assert "LEADLINE_API_TOKEN" in page.error[0].value
    assert house.token not in page.error[0].value


def test_a_call_that_was_put_through_says_to_whom_and_what_failed_on_the_way(show: Shown) -> None:
    text = raw(show("call", call=PUT_THROUGH))
    assert "Put through" in text
    assert "to the front desk, after 14 s" in text
    assert f"0:09: {VOICE_BROKE}" in text


def test_a_call_in_which_nothing_failed_has_no_list_of_failures(show: Shown) -> None:
    assert "What failed on the way" not in words(show("call", call=BOOKED))
