"""Tests of what deploys the app: the container, Heroku, and proxies in front of it."""
