"""Engines that need no account and no internet: ONNX models on one core, loaded once and shared by all calls.

Take them through `engine.speech.stack`; `minilm` (sentence vectors) is also for whoever matches questions.
"""
