"""What a co-design study finds: every variant on every board, losses, and size of the machine."""

from dataclasses import dataclass

RESULTS = "codesign.json"


@dataclass(frozen=True)
class VariantBoards:
    """One variant on the fresh boards, board by board.

    Attributes:
        share: of samples that are recognisable.
        class_shares: share of each class, (boards, P).
        loss: expected loss per step, without sampling.
    """

    share: list[float]
    class_shares: list[list[float]]
    loss: list[float]


@dataclass(frozen=True)
class MachineSize:
    """Units and couplings of the machine.

    Attributes:
        units: all of them.
        visible: those that show pixels.
        couplings: pairs of units.
        degree: most neighbours of a unit.
        node_sum: largest sum of |J| at a unit, of the plain machine.
    """

    units: int
    visible: int
    couplings: int
    degree: int
    node_sum: float


@dataclass(frozen=True)
class CodesignResults:
    """All of a study.

    Attributes:
        boards: variant -> what it does on the fresh boards.
        pilot: machine that was tried on pilot boards -> its score.
        loss: variant -> mean loss per step on held-out noising paths.
        gradient: variant -> relative gradient where training ended.
        units: size of the machine.
    """

    boards: dict[str, VariantBoards]
    pilot: dict[str, float]
    loss: dict[str, float]
    gradient: dict[str, float]
    units: MachineSize
