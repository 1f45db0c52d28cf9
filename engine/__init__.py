"""The engine of Leadline: flow documents, dialogue, speech, the live call, telephony, leads, and after the call."""
