"""The smallest programme of a live call."""

from engine.telephony.ncco import ConnectSocket, Ncco


def talk_to_socket(call_id: str, token: str, media_uri: str, event_url: str, from_number: str) -> Ncco:
    """Join the call to a media socket, once, with nothing behind it. Raises `ValueError` for what Vonage refuses."""
    return Ncco((ConnectSocket(media_uri, {"call_id": call_id, "token": token}, event_url, from_number),))
