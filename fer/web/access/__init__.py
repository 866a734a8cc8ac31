"""How visitors sign in: who has sent a request, and the page for the password.

`fer/access/` decides who may do what. These modules only ask there.
"""
