"""Training: data sets, networks, augmentation, fitting, calibration, export, conversion.

The running app never imports this package, which needs the packages of `requirements-train.txt`.
The code is Keras 3 and works with any of its backends. The backend is chosen here and nowhere else:
the one that `KERAS_BACKEND` names, or else the first that is installed.
"""

import importlib.util
import os

# TensorFlow would begin every command with notices about the processor. `fer.training.quiet` takes
# away those that it writes nevertheless.
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

if "KERAS_BACKEND" not in os.environ:
    for _name in ("torch", "tensorflow", "jax"):
        if importlib.util.find_spec(_name):
            os.environ["KERAS_BACKEND"] = _name
            break
