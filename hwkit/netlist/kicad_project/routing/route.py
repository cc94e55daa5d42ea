"""A board placed and routed on two layers: as tight as it can be, or refused with what it needs."""

from dataclasses import dataclass
from math import hypot

from hwkit.circuit.board import Board
from hwkit.circuit.board.nets import GROUND_NET
from hwkit.errors import DesignError
from hwkit.netlist.kicad_project.layout import Layout, lay_out
from hwkit.netlist.kicad_project.routing.copper import Copper, Track, Via
from hwkit.netlist.kicad_project.routing.negotiation import Outcome, negotiate
from hwkit.netlist.kicad_project.routing.stitching import stitches
from hwkit.netlist.kicad_project.routing.terrain import Terrain, survey

_SPREADS = (1.0, 1.05, 1.1, 1.2, 1.35)  # of the distances between parts, one after the other
_LAYERS = 2
_MORE_LAYERS = 4


@dataclass(frozen=True)
class Routing:
    """The copper of a board.

    Attributes:
        tracks: of all nets.
        vias: of all nets, those that stitch the ground last.
        rounds: of the negotiation.
    """

    tracks: tuple[Track, ...]
    vias: tuple[Via, ...]
    rounds: int

    @property
    def length(self) -> float:
        """Length of all tracks, mm."""
        ends = ((*track.start, *track.end) for track in self.tracks)
        return sum(hypot(x1 - x0, y1 - y0) for x0, y0, x1, y1 in ends)


def routed(board: Board) -> tuple[Layout, Routing]:
    """Return a board's places and its copper; parts are moved apart if it does not fit at first.

    Raises:
        DesignError: naming the layers that it needs, if it can't be routed on two.
    """
    for spread in _SPREADS:
        layout = lay_out(board, spread)
        terrain = survey(layout, _LAYERS)
        outcome = negotiate(terrain)
        if outcome.complete:
            return layout, _copper(terrain, outcome)
    raise DesignError(_refusal(layout, outcome))


def unrouted(board: Board) -> tuple[Layout, Routing]:
    """Return a board's places, as far apart as they get, without tracks."""
    return lay_out(board, _SPREADS[-1]), Routing((), (), 0)


def _copper(terrain: Terrain, outcome: Outcome) -> Routing:
    copper, nets = Copper(terrain, outcome.nets), outcome.nets
    tracks = tuple(track for net in nets for track in copper.tracks(net))
    vias = [via for net in nets for via in copper.vias(net)]
    if GROUND_NET in terrain.nets:
        ground = nets[terrain.nets.index(GROUND_NET)]
        vias += [copper.via(place, ground.code) for place in stitches(copper, ground)]
    return Routing(tracks, tuple(vias), outcome.rounds)


def _refusal(layout: Layout, outcome: Outcome) -> str:
    width, height = layout.size
    if negotiate(survey(layout, _MORE_LAYERS)).complete:
        needs = f"it needs {_MORE_LAYERS} layers at that size"
    else:
        needs = f"{_MORE_LAYERS} layers do not do at that size, either"
    left = f"tracks meet at {outcome.conflicts} places"
    if outcome.unreachable:
        pad = outcome.unreachable[0]
        left = f"pad {pad.pad} of {pad.part} can't be reached"
    return (
        f"the board can't be routed on {_LAYERS} layers: at {width:.0f} x {height:.0f} mm {left}; "
        f"{needs}; leave out couplings, divide the machine, or export it without tracks "
        "(hwkit export --unrouted) and route it elsewhere"
    )
