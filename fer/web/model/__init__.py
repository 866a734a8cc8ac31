"""The parts of the model page, and in `texts` all its words.

What the page knows of a model is read by `fer/model_card.py`; here it is only shown.
"""
