"""What the verbs `board` and `sensitivity` take of a tolerance study, without its boards."""

from pathlib import Path

from hwkit.circuit.variation import Variation
from hwkit.circuit.variation.drawing import Drawing
from hwkit.errors import ConfigError
from hwkit.netlist import render
from hwkit.study.folder import RunFolder, check_not_another
from hwkit.study.kinds.tolerance.grading import with_choice
from hwkit.study.kinds.tolerance.parts import ranking
from hwkit.study.kinds.tolerance.plan import TolerancePlan
from hwkit.study.kinds.tolerance.results import Sensitivity
from hwkit.study.kinds.tolerance.results_grades import GRADES, GradeChoice
from hwkit.study.kinds.tolerance.study import boards_of, nominal_board, train, trained_model
from hwkit.study.values import read_value
from hwkit.tolerance import drawn


def board_netlist(plan: TolerancePlan, out: Path | str, board: int) -> Path:
    """Write one board's netlist, with ngspice's own noise, and return its path.

    The machine is the one in the study's run folder `out`, or trained anew and kept there.

    Raises:
        ConfigError: if the study has no such board, or the folder holds something else.
    """
    plan.check_here()
    if not 0 <= board < plan.boards.count:
        raise ConfigError(
            f"board {board} is not in the study; choose one from 0 to {plan.boards.count - 1}"
        )
    check_not_another(plan, Path(out))
    with RunFolder.of(plan, out) as folder:
        design, name = plan.circuit.design(trained_model(plan, folder)), f"board-{board}.cir"
        main = boards_of(plan, _variation(plan, folder))
        drawing = Drawing(design, main.variation, main.seed, main.sampling, main.count)
        its_design = drawn(drawing, [board]).design(design, 0)
        netlist = render(its_design, t_final=plan.protocol.t_final, dt=plan.boards.dt)
        folder.write_text(name, netlist.text)
        return folder / name


def _variation(plan: TolerancePlan, folder: RunFolder) -> Variation:
    """Return what varies, with the grades that a run has chosen."""
    if plan.grades is None:
        return plan.variation()
    if not folder.has(GRADES):
        raise ConfigError(
            f"{folder.path} holds no choice of grades yet; run the study first, into this folder"
        )
    return with_choice(plan, read_value(folder / GRADES, GradeChoice))


def part_sensitivity(plan: TolerancePlan, out: Path | None = None) -> Sensitivity:
    """Differentiate the study's smooth metric to every part; see `ranking`."""
    plan.check_here()
    return ranking(plan, nominal_board(plan, train(plan)), out)
