"""What the server writes about itself: one line an event, without anything about a person.

`set_up` decides the form of the lines, `reference` gives each request a number, `scrub` takes out
what belongs to people, and `recent` keeps the last errors for whoever runs the app. Everything else
in this project logs with Python's `logging`, as ever.
"""
