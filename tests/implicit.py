"""The two schemes that ngspice is driven in, written once more: one Newton solve a step."""

import numpy as np

from tests.machines import dense


def newton(residual, jacobian, x):
    for _ in range(60):
        move = np.linalg.solve(jacobian(x), residual(x))
        x = x - move
        if np.max(np.abs(move)) < 1e-14:
            return x
    raise AssertionError("Newton's method did not converge")


def march(model, dW, dt, x0, implicit_couplings):
    """Return all states (runs, K + 1, N) for increments dW (runs, K, N)."""
    J, n = dense(model), model.n_units
    inside, outside = (J, 0 * J) if implicit_couplings else (0 * J, J)
    rate, kick = model.mobility * dt, np.sqrt(2 * model.mobility * model.kT)
    states = np.empty((len(dW), dW.shape[1] + 1, n))
    for run in range(len(dW)):
        x = states[run, 0] = x0[run]
        for k, dw in enumerate(dW[run]):
            target = x + kick * dw - rate * (model.b + outside @ x)
            x = newton(
                lambda y, t=target: y + rate * (model.onsite.slope(y) + inside @ y) - t,
                lambda y: np.eye(n) + rate * (np.diag(model.onsite.curvature(y)) + inside),
                x,
            )
            states[run, k + 1] = x
    return states


def backward_euler(model, dW, dt, x0):
    """Everything implicit: the full netlist."""
    return march(model, dW, dt, x0, implicit_couplings=True)


def semi_implicit(model, dW, dt, x0):
    """Couplings from the state before: the mixed level."""
    return march(model, dW, dt, x0, implicit_couplings=False)
