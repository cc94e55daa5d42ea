"""Matplotlib, imported before any of its parts: it reads `matplotlibrc` of the working folder."""

from hwkit.surroundings import import_aside

matplotlib = import_aside("matplotlib")
