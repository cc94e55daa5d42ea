"""How large a machine may be where an algorithm needs all N x N numbers, whatever the couplings."""

from hwkit.errors import DesignError

MOST_DENSE_UNITS = 10_000  # 0.75 GiB a matrix, of which such algorithms hold several


def check_dense(n_units: int, what: str, remedy: str = "give a smaller machine") -> None:
    """Refuse N x N numbers that don't fit into an ordinary memory, before they are asked for.

    Raises:
        DesignError: naming what needs them, how many units there are and the limit.
    """
    if n_units > MOST_DENSE_UNITS:
        gib = 8 * n_units**2 / 2**30
        raise DesignError(
            f"{what} needs {n_units} x {n_units} numbers, {gib:,.0f} GiB: out of reach above "
            f"{MOST_DENSE_UNITS} units; {remedy}"
        )
