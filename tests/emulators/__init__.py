"""Servers on loopback that speak a vendor's own protocol to the vendor's own SDK. How to use them: README.md beside.

Usable from tests (`async with GeminiEmulator(...) as emulator`) and as a program of their own
(`python -m tests.emulators`), which is how `leadline demo --emulate` and `leadline up --emulate` start them: the
product never imports them.
"""
