"""How pixels 0..255 are prepared for a network, as a model's card writes it.

Each constant is a value of `preprocessing.normalization`, which `fer.faces.classify` applies.
"""

from __future__ import annotations

STANDARDIZE = {"kind": "standardize", "epsilon": 1e-3}
"""Each face gets mean 0 and deviation 1; `epsilon`, in grey levels, is added to the deviation."""

ZERO_TO_ONE = {"kind": "scale", "scale": 1 / 255, "offset": 0.0}

MINUS_ONE_TO_ONE = {"kind": "scale", "scale": 1 / 127.5, "offset": -1.0}

UNCHANGED = {"kind": "scale", "scale": 1.0, "offset": 0.0}

IMAGENET_BGR = [-103.939, -116.779, -123.68]
"""What VGG16 and ResNet50 add to B, G, R: the negative means of ImageNet's pixels."""
