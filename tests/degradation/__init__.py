"""What becomes of a call when a provider fails: each provider, each way of failing, each moment of the call.

    python -m tests.degradation --only voice      (or: leadline matrix --only voice)

Calls are held by the whole application, over the real SDKs, against emulators that fail on demand. Only the sound is
scripted: the caller's voice is a wave whose height names the sentence, so that no speech model has to run.
"""
