"""Answers for whoever runs the app: is the server alive, is it ready, and how much does it do?

Everything here is an answer over HTTP for machines. Pages for people are in other rooms.
"""
