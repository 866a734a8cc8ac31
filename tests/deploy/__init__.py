"""Tests of deploying the app: the container, Heroku, and proxies in front of it."""
