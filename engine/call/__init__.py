"""The live call: who may speak (floor), what is said next (conversation), and the shell around both (session)."""
