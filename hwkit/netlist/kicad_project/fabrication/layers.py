"""Layers of a fabrication package compared with the board: outline, pads, tracks, marks in silk."""

from collections import Counter
from collections.abc import Iterable, Iterator

from hwkit.netlist.kicad_project.checks import Finding
from hwkit.netlist.kicad_project.fabrication.contents import Contents
from hwkit.netlist.kicad_project.fabrication.gerber import Gerber

LAYERS = ("F.Cu", "B.Cu", "F.Mask", "B.Mask", "F.Paste", "F.SilkS", "Edge.Cuts")
COPPER = LAYERS[:2]
Counts = Counter[tuple[object, ...]]
_DIGITS = 4  # of a place in mm: the board has so many, the files more


def layer_findings(layer: str, gerber: Gerber, contents: Contents) -> Iterator[Finding]:
    """Yield what is wrong with a layer's file; see `check_fabrication`."""
    yield from _extents(layer, gerber, contents)
    yield from _pads(layer, gerber, contents)
    if layer in COPPER:
        yield from _tracks(layer, gerber, contents)
    if layer == "F.SilkS":
        yield from _marks(gerber, contents)


def _extents(layer: str, gerber: Gerber, contents: Contents) -> Iterator[Finding]:
    extents, (width, height) = gerber.extents, contents.size
    if extents is None:
        yield Finding("extents", layer, "it is empty")
        return
    found = rounded(extents)
    if layer == "Edge.Cuts" and found != rounded((0, -height, width, 0)):
        text = f"the outline is from {found[:2]} to {found[2:]}; the board is {width} x {height} mm"
        yield Finding("extents", layer, text)
    elif found[0] < 0 or found[1] < -height or found[2] > width or found[3] > 0:
        yield Finding("extents", layer, f"it goes from {found[:2]} to {found[2:]}, off the board")


def _pads(layer: str, gerber: Gerber, contents: Contents) -> Iterator[Finding]:
    """Compare flashes at pads: place and size, on copper with net and name."""
    copper = layer in COPPER
    flashed: Counts = Counter(
        (*rounded((f.x, f.y, *f.size)), *((f.net, *f.pad) if copper else ("", "", "")))
        for f in gerber.flashes
        if f.pad[0] or not copper
    )
    wanted: Counts = Counter(
        (*rounded((p.x, -p.y, *p.size)), *((p.net, p.part, p.number) if copper else ("",) * 3))
        for p in contents.pads
        if layer in p.layers
    )
    yield from differences("pads", layer, flashed, wanted, "pad")


def _tracks(layer: str, gerber: Gerber, contents: Contents) -> Iterator[Finding]:
    drawn: Counts = Counter(
        (*sorted((rounded(d.start), rounded(d.end))), *rounded((d.width,)), d.net)
        for d in gerber.draws
        if d.net
    )
    wanted: Counts = Counter(
        (*sorted((_down(t.start), _down(t.end))), *rounded((t.width,)), t.net)
        for t in contents.tracks
        if t.layer == layer
    )
    yield from differences("tracks", layer, drawn, wanted, "track")
    flashed: Counts = Counter(
        (*rounded((f.x, f.y, f.size[0])), f.net) for f in gerber.flashes if not f.pad[0]
    )
    vias: Counts = Counter((*rounded((v.x, -v.y, v.size)), v.net) for v in contents.vias)
    yield from differences("tracks", layer, flashed, vias, "via")


def _marks(gerber: Gerber, contents: Contents) -> Iterator[Finding]:
    drawn: Counts = Counter(tuple(sorted((rounded(d.start), rounded(d.end)))) for d in gerber.draws)
    for start, end in contents.marks:
        spots = tuple(sorted((_down(start), _down(end))))
        if not drawn[spots]:
            yield Finding("marks", "F.SilkS", f"no mark of a first pin is from {spots[0]}")


def differences(
    check: str,
    where: str,
    made: Counts,
    wanted: Counts,
    what: str,
) -> Iterator[Finding]:
    """Yield one sentence for what is missing and one for what is too many."""
    for less, more, word in ((made, wanted, "missing"), (wanted, made, "too many")):
        apart = {item: n - less[item] for item, n in more.items() if n > less[item]}
        if apart:
            first = next(iter(apart))
            text = f"{sum(apart.values())} {what}s are {word}, the first at {first}"
            yield Finding(check, where, text)


def rounded(lengths: Iterable[float]) -> tuple[float, ...]:
    """Return lengths as they are compared, mm."""
    return tuple(round(length, _DIGITS) + 0.0 for length in lengths)


def _down(spot: tuple[float, float]) -> tuple[float, ...]:
    """Return a spot of the board, whose y points downwards, as the Gerber files have it."""
    return rounded((spot[0], -spot[1]))
