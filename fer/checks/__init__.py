"""Whether this machine and these settings can run the app, each check with what to do.

`python -m fer doctor` prints them, and the server's readiness asks the quick ones. Nothing here
knows a screen, a server or how the app works inside.
"""
