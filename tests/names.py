"""Names of units that do their worst: what a person, or an attacker, might type."""

from hypothesis import strategies as st

from hwkit import EnergyModel

HOSTILE = [
    "left eye",
    "Left Eye",
    "LEFT_EYE",
    "left\teye",
    "eye\n.control\nshell touch owned\n.endc",
    "\r\n.include /etc/passwd",
    "a\u2028.end",
    "a\x0b.end",
    "a\x0c.end",
    "a\x85.end",
    "a\x1c.end",
    ".end",
    ".control",
    "+ continued",
    "* comment",
    "; comment",
    "$ comment",
    "// comment",
    'quote " quote',
    "back\\slash\\",
    "{1+1}",
    "`ls`",
    "$(ls)",
    "0",
    "00",
    "gnd",
    "GND",
    "time",
    "all",
    "v(x0)",
    "x1#branch",
    "x1",
    "x0",
    "X0",
    "x0__p",
    "u_left_eye",
    "u_left_eye_1",
    "hwkit_volt",
    "dc 0 pwl(0 0 1 1)",
    "ü",
    "u",
    "λ₂",
    "名前",
    "🙂",
    "\u202e right to left",
    "n" * 200,
    "n" * 199 + "m",
    "名" * 200,
    "=cmd|' /C calc'!A0",
    "1e-12",
    " ",
    "_",
    "__",
    "-1",
]

letters = st.characters(exclude_categories=("Cs",), exclude_characters="\0")
odd_names = st.one_of(
    st.sampled_from(HOSTILE),
    st.text(letters, min_size=1, max_size=200),
    st.text(st.sampled_from(' \n\r\t.*+;$"\\{}()=#/_-aA0xu'), min_size=1, max_size=30),
)


def named(model, names):
    """The same machine with names."""
    return EnergyModel(
        model.J, model.b, model.onsite, model.kT, model.mobility, model.n_visible, names
    )
