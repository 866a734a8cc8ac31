"""Checks whether this machine and these settings can run the app; each one says what to do.

`python -m fer doctor` prints all of them, and the server runs the quick ones to say whether it is
ready. Nothing here knows a screen or a server.
"""
