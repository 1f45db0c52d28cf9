"""The live call: who may speak (floor), what is said next (conversation), and the shell that owns the sockets (session)."""
