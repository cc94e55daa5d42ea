"""In a worker: the end state of a run with ngspice's best solver, or without KLU, and its words."""

from hwkit.spice import running
from hwkit.spice.session import session


def runner(setup):
    setup, best = setup
    simulator = session()
    if not best:
        simulator._about = simulator._about.replace("KLU", "")
    run = running.runner(setup)

    def answer(task):
        states = run(task)
        return states[-1], simulator.solver, "\n".join(simulator.messages)

    return answer
