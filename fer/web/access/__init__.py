"""How visitors sign in: what a browser sent becomes a person, and a page for the password.

Who may do what is decided in `fer/access/`. These modules only ask there.
"""
