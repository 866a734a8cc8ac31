"""Tests of the checks of a machine and its settings."""
