"""Training: data sets, networks, augmentation, fitting, calibration, export.

Nothing in the running app imports this package. It needs `requirements-train.txt`; the app does
not. The code is Keras 3 and works with any of its backends. One is chosen here and nowhere else:
the one that the environment names, or else the first that is installed.
"""

import importlib.util
import os

if "KERAS_BACKEND" not in os.environ:
    for _name in ("torch", "tensorflow", "jax"):
        if importlib.util.find_spec(_name):
            os.environ["KERAS_BACKEND"] = _name
            break
