"""Ear and mouth by Google Cloud: streaming recognition (Speech-to-Text v2) and streaming voices (Text-to-Speech)."""
