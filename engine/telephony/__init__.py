"""The carrier: placing calls with Vonage, reading its signed webhooks, and speaking on its media socket.

Pure parts (ncco, webhooks, progress, and the codec in media) take time as an argument; `client` and
`media.MediaSocket` are the thin shells around the network.
"""
