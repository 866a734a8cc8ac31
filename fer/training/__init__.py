"""Training: data sets, networks, augmentation, fitting, calibration, export.

Nothing in the running app imports this package. It needs `requirements-train.txt`; the app does
not. The code is Keras 3 without a word about its backend; here alone a backend is picked, and
only if the environment names none: the first one that is installed.
"""

import importlib.util
import os

if "KERAS_BACKEND" not in os.environ:
    for _name in ("torch", "tensorflow", "jax"):
        if importlib.util.find_spec(_name):
            os.environ["KERAS_BACKEND"] = _name
            break
