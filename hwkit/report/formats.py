"""Numbers for readers: significant digits, standard errors, powers of ten, SI prefixes."""

import math

from hwkit import units

_SUPERSCRIPTS = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
_SMALLEST, _LARGEST = 1e-3, 1e5  # written without a power of ten
PLUS_MINUS = "\N{NO-BREAK SPACE}±\N{NO-BREAK SPACE}"
_TIMES = "\N{NO-BREAK SPACE}×\N{NO-BREAK SPACE}"
_NO_BREAK = "\N{NARROW NO-BREAK SPACE}"


def number(value: float, digits: int = 3) -> str:
    """Format to significant digits; tiny and huge ones as a power of ten."""
    if math.isnan(value):
        return "no value"
    if math.isinf(value):
        return "∞" if value > 0 else "−∞"
    if value == 0:
        return "0"
    if 0.99 < abs(value) < 1:  # 0.999986 is not 1.00: show how much is missing
        digits = max(digits, 1 - math.floor(math.log10(1 - abs(value))))
    if _SMALLEST <= abs(value) < _LARGEST:
        power = math.floor(math.log10(abs(float(f"{value:.{digits - 1}e}"))))
        return signed(f"{value:,.{max(digits - 1 - power, 0)}f}".replace(",", _NO_BREAK))
    mantissa, exponent = f"{value:.{digits - 1}e}".split("e")
    return f"{signed(mantissa)}{_TIMES}{power_of_ten(int(exponent))}"


def chosen(value: float) -> str:
    """Format a number that somebody chose, such as a limit, without trailing zeros."""
    if value == 0 or not math.isfinite(value) or _SMALLEST <= abs(value) < _LARGEST:
        return signed(f"{value:.4g}")
    mantissa, exponent = f"{value:.2e}".split("e")
    mantissa = mantissa.rstrip("0").rstrip(".")
    power = power_of_ten(int(exponent))
    return power if mantissa == "1" else f"{signed(mantissa)}{_TIMES}{power}"


def measured(value: float, stderr: float | None) -> str:
    """Format a value with its standard error, both to the error's second digit."""
    if stderr is None or not math.isfinite(value) or not math.isfinite(stderr):
        return number(value)
    if stderr <= 0:
        return f"{number(value)}{PLUS_MINUS}0"
    largest = max(abs(value), stderr)
    power = 0 if _SMALLEST <= largest < _LARGEST else math.floor(math.log10(largest))
    scaled, error = value / 10.0**power, stderr / 10.0**power
    decimals = max(1 - math.floor(math.log10(error)), 0)
    text = f"{signed(f'{scaled:.{decimals}f}')}{PLUS_MINUS}{error:.{decimals}f}"
    return f"({text}){_TIMES}{power_of_ten(power)}" if power else text


def count(value: int) -> str:
    """Format a whole number in groups of three digits."""
    return f"{value:,}".replace(",", _NO_BREAK)


def share(part: int, whole: int) -> str:
    """Format a part of a whole as "93 of 100"."""
    return f"{count(part)} of {count(whole)}"


def power_of_ten(exponent: int) -> str:
    """Return 10 with a raised exponent, without markup."""
    return "10" + str(exponent).translate(_SUPERSCRIPTS)


def quantity(value: float, unit: str) -> str:
    """Format with an SI prefix, such as "1 µS"."""
    text = units.engineering(value, unit)
    return text.replace(f" u{unit}", f" µ{unit}").replace(" ", "\N{NO-BREAK SPACE}")


def signed(text: str) -> str:
    """Return a number with a minus sign in place of a hyphen."""
    return text.replace("-", "−")
