"""How a call thinks: a model interprets and speaks, plain code decides what is taken, what is asked next and what may
be said. Pure: nothing here opens a socket, reads a clock or sleeps."""
