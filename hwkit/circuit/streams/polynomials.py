"""Polynomials over GF(2) as whole numbers, bit k the coefficient of x^k."""


def product(a: int, b: int, modulus: int) -> int:
    """Return the product of two polynomials modulo a third; a is below it already."""
    degree, total = modulus.bit_length() - 1, 0
    while b:
        if b & 1:
            total ^= a
        b >>= 1
        a <<= 1
        if a >> degree & 1:
            a ^= modulus
    return total


def power(a: int, exponent: int, modulus: int) -> int:
    """Return a polynomial to a power of 0 or above, modulo another."""
    total = 1
    while exponent:
        if exponent & 1:
            total = product(total, a, modulus)
        a = product(a, a, modulus)
        exponent >>= 1
    return total


def is_irreducible(polynomial: int) -> bool:
    """Say whether a polynomial of prime degree above 1 has no factors.

    x^(2^n) = x modulo it says that the degrees of its factors divide n; 0 and 1 are no roots, so
    that none has degree 1.
    """
    degree, x = polynomial.bit_length() - 1, 2
    for _ in range(degree):
        x = product(x, x, polynomial)
    return x == 2 and polynomial & 1 == 1 and polynomial.bit_count() % 2 == 1
