"""A phone network on loopback that speaks Vonage's protocols: the production client dials through it unchanged.

Telephones on it are Python objects (`Phone`); every call leaves a stereo `CallTape` to measure by.
"""

from engine.simulate.network.call import LoopbackCall, Violation
from engine.simulate.network.credentials import NetworkCredentials, demo_credentials
from engine.simulate.network.herald import WebhookFaults
from engine.simulate.network.machines import ScreeningPhone, VoicemailPhone, beep
from engine.simulate.network.network import Application, LoopbackNetwork
from engine.simulate.network.phone import (
    Answers,
    Busy,
    BusyPhone,
    Line,
    MachinePhone,
    NeverAnswers,
    NoAnswerPhone,
    Phone,
    PhoneFactory,
    RejectingPhone,
    Rejects,
    Ring,
    SilentPhone,
    StaffPhone,
    ToneOrFilePhone,
)
from engine.simulate.network.tape import CallTape

__all__ = [
    "Answers",
    "Application",
    "Busy",
    "BusyPhone",
    "CallTape",
    "Line",
    "LoopbackCall",
    "LoopbackNetwork",
    "MachinePhone",
    "NetworkCredentials",
    "NeverAnswers",
    "NoAnswerPhone",
    "Phone",
    "PhoneFactory",
    "RejectingPhone",
    "Rejects",
    "Ring",
    "ScreeningPhone",
    "SilentPhone",
    "StaffPhone",
    "ToneOrFilePhone",
    "Violation",
    "VoicemailPhone",
    "WebhookFaults",
    "beep",
    "demo_credentials",
]
