"""The result of a lecture as documents: HTML, PDF, CSV, and back from a CSV.

One result type serves live sessions, recordings and imports. Nothing here decodes or classifies,
and nothing here knows of a page.
"""
