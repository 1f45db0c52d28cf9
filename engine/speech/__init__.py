"""Ear and mouth: what the live call needs of speech engines, and the engines behind it.

`ports` names the interfaces, `audio` the one audio format of the house, `local` the engines that need no account.
"""
