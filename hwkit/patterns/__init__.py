"""Data sets and codes to train on: digits, MNIST, glyphs, codes of classes."""

from hwkit.patterns.codes import class_codes
from hwkit.patterns.data_sets import digit_patterns, load_patterns, mnist_patterns
from hwkit.patterns.glyphs import first_pictures, glyph_patterns, largest_correlation
from hwkit.patterns.idx import read_idx
from hwkit.patterns.whole_sets import LabelledPictures, whole_set

__all__ = [
    "LabelledPictures",
    "class_codes",
    "digit_patterns",
    "first_pictures",
    "glyph_patterns",
    "largest_correlation",
    "load_patterns",
    "mnist_patterns",
    "read_idx",
    "whole_set",
]
