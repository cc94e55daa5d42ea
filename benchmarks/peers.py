"""The same machine in JAX, diffrax and torchsde: Euler-Maruyama, single precision, end states only.

Each function returns an action without arguments that runs all chains from 0. Compilation belongs
to the first call. The couplings are (N, N), single precision; U = x^2 + x^4.
"""

import numpy as np


def jax_scan(J, kT, dt, n_steps, n_runs):
    """A scan written by hand, with JAX's default generator."""
    import jax
    import jax.numpy as jnp

    couplings, amplitude = jnp.asarray(J), np.float32(np.sqrt(2 * kT * dt))
    start = jnp.zeros((n_runs, len(J)), jnp.float32)

    def step(x, key):
        drift = x @ couplings + x * (2 + 4 * x * x)
        noise = jax.random.normal(key, x.shape, jnp.float32)
        return x - np.float32(dt) * drift + amplitude * noise, None

    @jax.jit
    def run(key):
        return jax.lax.scan(step, start, jax.random.split(key, n_steps))[0]

    return lambda: run(jax.random.key(0)).block_until_ready()


def diffrax_euler(J, kT, dt, n_steps, n_runs, tree=True):
    """diffrax's Euler: a virtual Brownian tree, as in its documentation, or the unsafe path.

    The unsafe path can't be refined or evaluated twice; it is diffrax's fastest.
    """
    import diffrax
    import jax
    import jax.numpy as jnp
    import lineax

    couplings, amplitude = jnp.asarray(J), np.float32(np.sqrt(2 * kT))
    start, end = jnp.zeros((n_runs, len(J)), jnp.float32), n_steps * dt
    shape = jax.ShapeDtypeStruct(start.shape, jnp.float32)

    def drift(t, x, args):
        return -(x @ couplings + x * (2 + 4 * x * x))

    def diffusion(t, x, args):
        return lineax.DiagonalLinearOperator(jnp.full_like(x, amplitude))

    @jax.jit
    def run(key):
        path = (
            diffrax.VirtualBrownianTree(0.0, end, tol=dt / 2, shape=shape, key=key)
            if tree
            else diffrax.UnsafeBrownianPath(shape=shape, key=key)
        )
        terms = diffrax.MultiTerm(diffrax.ODETerm(drift), diffrax.ControlTerm(diffusion, path))
        return diffrax.diffeqsolve(
            terms,
            diffrax.Euler(),
            0.0,
            end,
            dt,
            start,
            max_steps=n_steps + 8,
            adjoint=diffrax.DirectAdjoint(),
        ).ys

    return lambda: run(jax.random.key(0)).block_until_ready()


def torchsde_euler(J, kT, dt, n_steps, n_runs):
    import torch
    import torchsde

    couplings = torch.tensor(J)
    amplitude = torch.full((n_runs, len(J)), float(np.sqrt(2 * kT)))

    class Machine(torch.nn.Module):
        noise_type, sde_type = "diagonal", "ito"

        def f(self, t, x):
            return -(x @ couplings + x * (2 + 4 * x * x))

        def g(self, t, x):
            return amplitude

    machine, start = Machine(), torch.zeros(n_runs, len(J))
    times = torch.tensor([0.0, n_steps * dt])

    def run():
        with torch.no_grad():
            torchsde.sdeint(machine, start, times, method="euler", dt=dt)

    return run
