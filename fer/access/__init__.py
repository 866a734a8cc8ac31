"""Who may do what: roles, passwords, sign-in cookies, and limits on guessing.

Nothing here knows a screen, a request or a framework: `fer/web/access/` says what a browser sent,
and this room answers who its visitor is.
"""
