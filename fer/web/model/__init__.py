"""The parts of the model page; `texts` holds all its words.

`fer/model_card.py` reads what is known about a model; the modules here only show it.
"""
