"""A small machine as a board to order."""

from functools import cache

import numpy as np

import hwkit
from hwkit.circuit.board import assemble_board
from hwkit.circuit.catalogue import read_catalogue
from hwkit.netlist.kicad_project import project_files
from hwkit.study.kinds.breadboard.board import soldered_board
from hwkit.study.kinds.breadboard.plan import PartsPlan

J = np.array([[0, 1.3, -0.8, 0], [1.3, 0, 0.6, 0], [-0.8, 0.6, 0, -0.4], [0, 0, -0.4, 0]])


def board_model(couplings=J, names=None):
    n = len(couplings)
    biases = np.resize([0.2, 0.0, -0.3, 0.1, -0.15], n)
    return hwkit.EnergyModel(couplings, biases, hwkit.Cosh.from_quartic(), kT=0.1, names=names)


def small_board(couplings=J, names=None, catalogue=None):
    design = soldered_board(PartsPlan(), board_model(couplings, names))
    return assemble_board(design, catalogue or CATALOGUE)


@cache
def small_project():
    board = small_board()
    return board, project_files(board, "board")


CATALOGUE = read_catalogue()
