"""Answers for whoever runs the app: is the server alive, is it ready, and how much does it do?

`health` and `metrics` answer machines over HTTP, `page` draws the same for people with the role of
an operator. `figures` is what both have it from.
"""
