"""Hosted dialogue models behind `engine.dialogue.model.DialogueModel`: Gemini, and the ladder that falls back from one
model to the next and at last to the offline one."""
