# ruff: noqa: E501 - sentences of a table, one a line
"""Logging in."""

from typing import Final

TEXTS: Final = {
    "login.title": "Log in",
    "login.intro": "Leadline wants to know who is there, so that every change has its author.",
    "login.ended": "Your log-in has ended. What you saved is kept, and changes that wait here are saved as soon as you log in again.",
    "login.name": "Name",
    "login.password": "Password",
    "login.do": "Log in",
    "login.help": "Forgotten? An administrator sets a new password on the Settings page.",
}
