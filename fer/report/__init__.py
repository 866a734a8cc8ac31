"""The result of a lecture as documents (HTML, PDF, CSV), and results from an earlier CSV.

One type of result serves live sessions, recordings and imports. Nothing here decodes or classifies
anything, and nothing here knows about the pages of the app.
"""
