"""Training: data sets, networks, augmentation, fitting, calibration, export.

Nothing in the running app imports this package.  It needs
``requirements-train.txt``; the app does not.
"""
