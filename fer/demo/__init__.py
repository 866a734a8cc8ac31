"""A moving class for visitors without a camera, made from one portrait that may be shown.

`face` paints expressions into the portrait, and `moving_class` makes a film of twelve such faces.
What is read from them is decided nowhere here: the film takes the same way as a camera's pictures.
"""
