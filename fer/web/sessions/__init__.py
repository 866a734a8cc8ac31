"""The parts of the page of past sessions; `texts` holds its words.

`fer/sessions` knows which sessions there are and what they say; here they are only shown.
"""
