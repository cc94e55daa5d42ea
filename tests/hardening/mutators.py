"""Changes to valid files that keep enough of their form to get deep into what reads them.

Text: lines and words move, double, vanish; numbers become the ones that break things; a word is
repeated thousands of times. Archives: members are changed inside a valid archive, since a changed
byte alone fails the checksum. Bytes: flips, cuts, doublings, splices.
"""

import io
import pickle
import random
import re
import struct
import warnings
import zipfile
from collections.abc import Callable, Sequence

import numpy as np

Mutator = Callable[[bytes, Sequence[bytes], random.Random], bytes]

LARGEST = 60_000  # bytes of a mutated input
_TOKEN = re.compile(rb"[A-Za-z_]+|[-+]?[0-9][0-9.eE+-]*|\s+|.", re.DOTALL)
_NUMBERS = [
    b"0", b"-0.0", b"1e308", b"-1e308", b"1e-320", b"1e999", b"nan", b"inf", b"-1", b"1e9",
    b"99999999999999999999", b"0x10", b"1_0", b"2k5", b"1.2.3", b"4294967296", b"true", b"''",
    b"1979-05-27", b"9" * 5000, b"0.30000000000000004", b"1e-9", b"10000000", b"64",
]  # fmt: skip
_SPECIAL = [
    b"\0",
    b"\xff",
    b"\xc2\x85",
    "٣".encode(),
    "ſ".encode(),
    b"\xed\xa0\x80",
    b"\r",
    b"\x0c",
]
_MARKS = [b"(", b")", b"{", b"}", b"[", b"]", b"=", b"*", b"+", b"-", b",", b'"', b".", b"#", b"\n"]


class _Exploit:
    """What a pickled file could do: the fuzzer would see the marker it prints and raises."""

    def __reduce__(self):
        return (exec, ("raise SystemExit('a pickle was executed')",))


def text(data: bytes, corpus: Sequence[bytes], rng: random.Random) -> bytes:
    """Change words and lines."""
    for _ in range(rng.choice([1, 1, 2, 3, 8])):
        change = rng.choice(
            [_line, _line, _token, _token, _token, _number, _number, _repeat, bytewise]
        )
        data = change(data, corpus, rng)
    return data[:LARGEST]


def model(data: bytes, corpus: Sequence[bytes], rng: random.Random) -> bytes:
    """Change members of archives, the header of tensors, words of text."""
    if data[:2] == b"PK" and rng.random() < 0.85:
        return _archive(data, corpus, rng)
    if data[:1] in b"{#h" or data[:4] == b"bare":
        return text(data, corpus, rng)
    if data[:2] != b"PK" and len(data) > 16 and rng.random() < 0.6:
        size = struct.unpack("<Q", data[:8])[0]
        if size < len(data) and rng.random() < 0.8:
            header = text(data[8 : 8 + size], corpus, rng)
            return struct.pack("<Q", len(header)) + header + data[8 + size :]
    for _ in range(rng.choice([1, 1, 4])):
        data = bytewise(data, corpus, rng)
    return data[:LARGEST]


# ---- text ------------------------------------------------------------------------------------


def _line(data: bytes, corpus: Sequence[bytes], rng: random.Random) -> bytes:
    lines = data.split(b"\n")
    here, there = rng.randrange(len(lines)), rng.randrange(len(lines))
    match rng.randrange(6):
        case 0:
            del lines[here]
        case 1:
            lines.insert(there, lines[here])
        case 2:
            lines[here], lines[there] = lines[there], lines[here]
        case 3:
            lines.insert(here, rng.choice(rng.choice(corpus).split(b"\n")))
        case 4:
            lines[here] = lines[here][: rng.randrange(len(lines[here]) + 1)]
        case 5:
            lines[here] = lines[here] + b" " + lines[there]
    return b"\n".join(lines)


def _token(data: bytes, corpus: Sequence[bytes], rng: random.Random) -> bytes:
    tokens = _TOKEN.findall(data) or [b""]
    here = rng.randrange(len(tokens))
    match rng.randrange(5):
        case 0:
            tokens[here] = b""
        case 1:
            tokens[here] = rng.choice(tokens)
        case 2:
            tokens[here] = rng.choice(_TOKEN.findall(rng.choice(corpus)) or [b""])
        case 3:
            tokens.insert(here, rng.choice(_MARKS))
        case 4:
            tokens.insert(here, rng.choice(_SPECIAL))
    return b"".join(tokens)


def _number(data: bytes, corpus: Sequence[bytes], rng: random.Random) -> bytes:
    places = list(re.finditer(rb"[-+]?[0-9][0-9.eE+-]*", data))
    if not places:
        return data
    place = rng.choice(places)
    return data[: place.start()] + rng.choice(_NUMBERS) + data[place.end() :]


def _repeat(data: bytes, corpus: Sequence[bytes], rng: random.Random) -> bytes:
    """Repeat a word, a line or a mark many times, where it is."""
    if not data:
        return data
    tokens = _TOKEN.findall(data)
    here = rng.randrange(len(tokens))
    what = rng.choice([tokens[here], rng.choice(_MARKS), rng.choice(data.split(b"\n")) + b"\n"])
    times = min(rng.choice([2, 50, 3000]), LARGEST // max(len(what), 1))
    tokens.insert(here, what * times)
    return b"".join(tokens)


def bytewise(data: bytes, corpus: Sequence[bytes], rng: random.Random) -> bytes:
    """Flip, cut, double, splice bytes, or write a number over some."""
    if not data:
        return rng.choice(corpus)
    here, there = sorted((rng.randrange(len(data)), rng.randrange(len(data))))
    match rng.randrange(6):
        case 0:
            return data[:here] + bytes([rng.randrange(256)]) + data[here + 1 :]
        case 1:
            return data[:here] + data[there:]
        case 2:
            return data[:there] + data[here:]
        case 3:
            return data[:here] + bytes([data[here] ^ (1 << rng.randrange(8))]) + data[here + 1 :]
        case 4:
            other = rng.choice(corpus)
            return data[:here] + other[rng.randrange(len(other)) :]
    size = rng.choice([1, 2, 4, 8])
    value = rng.choice([0, 1, -1, 2**31 - 1, -(2**31), 2**63 - 1, rng.getrandbits(40)])
    number = (value & (2 ** (8 * size) - 1)).to_bytes(size, "little")
    return data[:here] + number + data[here + size :]


# ---- archives --------------------------------------------------------------------------------

_DTYPES = ["<f8", ">f4", "<i8", "<u2", "|b1", "<c16", "|S3", "<U4", "<M8[s]", "|V5", "<f2", "|O"]


def _archive(data: bytes, corpus: Sequence[bytes], rng: random.Random) -> bytes:
    members = _members(data)
    if not members:
        return bytewise(data, corpus, rng)
    for _ in range(rng.choice([1, 1, 2, 4])):
        name = rng.choice(list(members))
        match rng.randrange(8):
            case 0:
                del members[name]
                if not members:
                    break
            case 1:
                members[rng.choice([*members, "J.npy", "names.npy"])] = members[name]
            case 2:
                members[name] = bytewise(members[name], corpus, rng)
            case 3:
                members[name] = _header(members[name], rng)
            case 4 | 5:
                members[name] = _array(members[name], rng)
            case 6:
                members[name] = rng.choice([pickle.dumps(_Exploit()), b"", b"\x93NUMPY\x01\0"])
            case 7:
                other = _members(rng.choice(corpus))
                if name in other:
                    members[name] = other[name]
    return _packed(members, rng)


def _members(data: bytes) -> dict[str, bytes]:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            return {name: archive.read(name)[:LARGEST] for name in archive.namelist()[:50]}
    except Exception:
        return {}


def _packed(members: dict[str, bytes], rng: random.Random) -> bytes:
    stream, bomb = io.BytesIO(), rng.random() < 0.01
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED if bomb else 0) as archive:
        for name, content in members.items():
            archive.writestr(name, content + bytes(150_000_000) if bomb else content)
            bomb = False
    return stream.getvalue()


def _header(content: bytes, rng: random.Random) -> bytes:
    """Claim another shape or type."""
    shape = rng.choice(["()", "(3,)", "(-1,)", "(1000000000000,)", "(0,)", "(3, 3)", "(2,)*9"])
    content = re.sub(rb"\([0-9, ]*\)", shape.encode(), content, count=1)
    if rng.random() < 0.5:
        content = re.sub(rb"'[<>|]\w+'", repr(rng.choice(_DTYPES)).encode(), content, count=1)
    return content


def _array(content: bytes, rng: random.Random) -> bytes:
    """Write an array with other values, type or shape."""
    stream = io.BytesIO()
    try:
        array = np.load(io.BytesIO(content), allow_pickle=False)
        match rng.randrange(4):
            case 0 if array.size and array.dtype.kind in "fiu":
                flat = array.ravel().copy()
                values = [0, -1, 1, 7] if array.dtype.kind != "f" else [
                    0.0, np.nan, np.inf, -1e308, 1e308, 5e-324, -1.0, 0.5, 1e150
                ]  # fmt: skip
                with np.errstate(over="ignore"):  # single precision has no 1e308
                    flat[rng.randrange(flat.size)] = rng.choice(values)
                array = flat.reshape(array.shape)
            case 1:
                with warnings.catch_warnings():
                    warnings.simplefilter("ignore")
                    array = array.astype(rng.choice(_DTYPES[:-1]))
            case 2:
                array = np.stack([array, array]) if rng.random() < 0.5 else array.ravel()[:1]
            case 3:
                array = np.array(rng.choice(["quartic", "cosh", "tabulated", 0, -1.5, 1e300, True]))
        np.save(stream, array, allow_pickle=False)
    except Exception:
        return content
    return stream.getvalue()
