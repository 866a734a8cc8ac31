"""The log: one line for each event, without anything about a person.

`set_up` decides the form of the lines, `reference` gives each request a number, `scrub` takes out
personal data, and `recent` keeps the last errors for whoever runs the app. All other rooms simply
log with Python's `logging`. Metrics are in `fer.web.operations`.
"""
