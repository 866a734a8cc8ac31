"""What whoever runs the app asks the server: is it alive, is it ready, how much does it do.

Everything here is an answer over HTTP for machines. Pages for people live elsewhere.
"""
