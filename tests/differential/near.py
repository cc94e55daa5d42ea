"""Near misses: one change to a netlist, as a hurried or a differently schooled author makes it."""

import random
import re
from collections.abc import Callable

from tests.differential.grammar import draw_grammar
from tests.differential.own import draw_own
from tests.differential.sample import Sample

Lines = list[str]
Change = Callable[[Lines, random.Random], Lines]

_WORDS = (
    "m=2", "M=3", "m = 2", "tc=0.01", "tc1=0.02", "tc2=1e-3", "temp=60", "dtemp=20", "ic=0.1",
    "ic=0.1 m=2", "area=2", "off", "scale=2", "ac 1", "ac=1", "w=2u", "l=3u", "rser=1", "noisy=0",
    "5", "2k", "x", "junk", "tce=1", "r=5k", "c=2p", "dc 1e-7", "dc 1e-7 dc 2e-7",
    "sin(0 1e-7 1meg)", "pulse(0 1e-7 0 1n 1n 1u 2u)", "pwl(0 0 1u 1e-7)", "external",
    "trnoise(1e-7 1e-8 0 0)", "trnoise(1e-7 1e-8 1 1e-8)", "exp(0 1e-7 0 1u 2u 1u)",
    "trrandom(2 10n 0 1e-7)", "2 3", "params: k=1", "{1}", "=2", "m=0", "m=-1", "bv=5", "rs=10",
    "cjo=1p", "tnom=50", "xti=0", "eg=1", "level=3", "isr=1n", "poly(1)", "$ remark", "; m=2",
    "// m=2", "$m=2", "$ m=2", "# m=2", "* 2", ", 2", "(2)", "'2'", "\"2\"",
)  # fmt: skip
_STATEMENTS = (
    ".temp 60", ".temp 27 60", ".options temp=60", ".options tnom=50", ".options temp=25 tnom=25",
    ".options TEMP = 25C", ".options gmin=1e-6", ".options gmin = 1e-9", ".option gmin=1e-7",
    ".options rshunt=1e7", ".options cshunt=1e-12", ".options scale=2", ".options scalm=2",
    ".options gshunt=1e-8", ".options gmindc=1e-8", ".options defad=1", ".options reltol=1e-9",
    ".options method=gear", ".options seed=4", ".options noinit", ".options minbreak=1n",
    ".options badmos3", ".options itl1=200 acct", ".options savecurrents", ".options warn=1",
    ".options rseries=10", ".options xmu=0.4", ".options noopiter keepopinfo", ".options foo=3",
    ".options cshunt = 1p rshunt = 1meg", ".nodeset v({n})=0.1", ".ic v({n})=0.1 m=2",
    ".ic v({n}) = 0.05", ".ic v({n})=1m v({n})=2m", ".global {n}", ".global foo", ".param a=1",
    ".param m=2", ".param hwkit_volt=0.3", ".param hwkit_second={{hwkit_volt*1u}}",
    ".params hwkit_kt=0.7", ".csparam a=1", ".func f(x) {{x*x}}", ".func f(x)={{2*x}}",
    ".param f(x)={{2*x}}", ".save v({n})", ".print tran v({n})", ".plot tran v({n})",
    ".probe v({n})", ".backanno", ".four 1k v({n})", ".meas tran m1 max v({n})", ".title other",
    ".width out=80", ".end", ".END", ".ends", ".endl", ".control\nalter c1 = 5p\n.endc",
    ".if (1)\nR77 {n} 0 1k\n.endif", ".if (0)\nR77 {n} 0 1k\n.endif", ".lib foo tt",
    ".include none.inc", ".model nn d(is=1e-9)", ".model dd d(is=1e-8)", ".dc v1 0 1 0.1",
    "R77 {n} 0 1meg", "R77 {n} 0 1meg m=2", "R77 {n} 0 r=1meg", "R77 {n} 0 1meg tc=0.01,0.001",
    "R77 {n} 0 rmod 1meg\n.model rmod r(tc1=0.01)", "R77 {n} 0 1meg\n+ m=2", "R77 0 {n} 1meg ; m=3",
    "R77 {n} gnd 1meg", "R77 {n} GND! 1meg", "R77 {n} 00 1meg", "R77 {n} ground 1meg",
    "R77 {n} 0 1meg 2meg", "R77 {n} 0 {{1meg}}", "R77 {n} 0 '1meg'", "R77 {n} 0 1e6ohm",
    "R77 {n} 0 1megohm", "R77 {n} 0 1MOhm", "R77 {n} 0 1M", "R77 {n} 0 1000m", "R77 {n} 0 2mil",
    "R77 {n} 0 1e6k", "R77 {n} 0 1,5k", "R77 {n} 0 1k5", "R77 {n} 0 4k7", "R77 {n} 0 1d6",
    "R77 {n} 0 1D6", "R77 {n} 0 1 e6", "R77 {n} 0 1_000", "R77 {n} 0 0x10", "R77 {n} 0 1e", 
    "R77 {n} 0 1e+6", "R77 {n} 0 +1e6", "R77 {n} 0 -1e6", "R77 {n} 0 0", "R77 {n} 0 1e-400",
    "R77 {n} 0 .5meg", "R77 {n} 0 5.meg", "R77 {n} 0 1t", "R77 {n} 0 1g", "R77 {n} 0 1x", 
    "R77 {n} 0 1meg0", "R77 {n} 0 1megmeg", "R77 {n} 0 1.2.3k", "R77 {n} 0 nan", "R77 {n} 0 inf",
    "C77 {n} 0 1p", "C77 {n} 0 1p m=2", "C77 {n} 0 c=1p", "C77 {n} 0 1pF", "C77 {n} 0 1F", 
    "C77 {n} 0 1p ic=0.1 m=2", "C77 {n} 0 cmod 1p\n.model cmod c(tc1=0.1)", "C77 {n} 0 1e-12F",
    "C77 {n} 0 '1p*v({n})'", "C77 {n} 0 q='1p*v({n})'", "C77 {n} 0 c='1p'", "C77 {n} 0 -1f",
    "C77 {n} {n} 1p", "R77 {n} {n} 1k", "C77 {n} 0 0", "C77 {n} 0 1u\u00b5", "C77 {n} 0 1\u00b5",
    "G77 {n} 0 {n} 0 1u", "G77 {n} 0 {n} 0 1u m=2", "G77 {n} 0 poly(1) {n} 0 0 1u",
    "G77 {n} 0 ({n},0) 1u", "G77 {n},0 {n},0 1u", "G77 ({n} 0) ({n} 0) 1u", "G77 {n} 0 {n} 0 {{1u}}",
    "G77 {n} 0 value={{1u*v({n})}}", "G77 {n} 0 cur='1u*v({n})'", "G77 {n} 0 vol='1u*v({n})'",
    "G77 {n} 0 {n} 0 gain=1u", "G77 {n} 0 vccs {n} 0 1u", "G77 {n} 0 {n} 0 1u 2u",
    "G77 {n} 0 value = {{1u*v({n})*v({n})*v({n})}}", "G77 {n} 0 table {{v({n})}} = (0,0) (1,1u)",
    "E77 {n}e 0 {n} 0 2\nR78 {n}e {n} 1meg", "F77 {n} 0 v1 2", "H77 {n} 0 v1 2",
    "B77 {n} 0 i=1u*v({n})", "B77 {n} 0 i=1u*v({n}) m=2", "B77 {n} 0 i=1u*v({n}) tc1=0.1",
    "B77 {n} 0 i=1u*v({n}) temp=60", "B77 {n} 0 i=1u*v({n})^3", "B77 {n} 0 i=1u*v({n})**2",
    "B77 {n} 0 i=1u*pow(v({n}),3)", "B77 {n} 0 i={{1u*v({n})}}", "B77 {n} 0 i='1u*v({n})'",
    "B77 {n} 0 i = 1u * v({n}) * v({n}) * v({n})", "B77 {n} 0 i=1u*V({N})*v( {n} )",
    "B77 {n} 0 v=0.1", "B77 {n} 0 i=1u*tanh(v({n}))", "B77 {n} 0 i=1u*time", "B77 {n} 0 i=temper*1n",
    "B77 {n} 0 i=1u*v({n})/2", "B77 {n} 0 i=2*3u/4*v({n})", "B77 {n} 0 i=1u*-v({n})",
    "B77 {n} 0 i=1u*v({n})-1u*-1*v({n})", "B77 {n} 0 i=-1u*v({n})", "B77 {n} 0 i=-(1u)*v({n})*2-1",
    "B77 {n} 0 i=1u - 2u - 3u*v({n})", "B77 {n} 0 i=1u*v({n})*v({n})", "B77 {n} 0 i=1ua*v({n})",
    "B77 {n} 0 i=1meg*1e-12*v({n})", "B77 {n} 0 i=1u*i(v1)", "B77 {n} 0 i=8/2/2*1u*v({n})",
    "B77 {n} 0 i=1u*v({n})*2 +\n+ 1u", "B77 {n} 0 i=1e-6*v({n})+1 u", "B77 {n} 0 1u*v({n})",
    "B77 {n} 0 i=1u*v({n}) reciproctc=1", "B77 {n} 0 i=1u*(v({n})>0 ? 1 : 2)", "B77 0 {n} i=1u",
    "B77 {n} 0 i=1u*v({n}, 0)", "B77 {n} 0 i=1u*v(0,{n})", "B77 {n} 0 i=(1u*v({n})", "B77 {n} 0 i=",
    "B77 {n} 0 i=1u*v({n}))", "B77 {n} 0 i=1u*v({n});+3", "B77 {n} 0 i=1u*v({n}) $ + 3",
    "B77 {n} 0 i=1u*v({n})*boltz*1e23", "B77 {n} 0 i=pi*1u*v({n})", "B77 {n} 0 i=1u*m*v({n})",
    "B77 {n} 0 i=1u*v({n})+v({n})*1 u", "B77 {n} 0 i=1u*abs(v({n}))", "B77 {n} 0 i=2k*1n*v({n})",
    "I77 0 {n} 1u", "I77 0 {n} dc 1u", "I77 0 {n} dc=1u", "I77 0 {n} dc = 1u", "I77 0 {n} 1u m=2",
    "I77 0 {n} dc 1u ac 1", "I77 0 {n} ac 1 dc 1u", "I77 0 {n} ac 1", "I77 0 {n} 1u dc 2u", 
    "I77 0 {n} dc", "I77 0 {n}", "I77 0 {n} 1u 2u", "I77 0 {n} dc {{1u}}", "I77 0 {n} '1u'",
    "I77 0 {n} pulse(0 1u 0 1n 1n 1u 2u)", "I77 0 {n} dc 1u pulse(0 1u 0 1n 1n 1u 2u)",
    "I77 0 {n} pulse(0 1u 0 1n 1n 1u 2u) dc 1u", "I77 0 {n} sin(1u 1u 1meg)", 
    "I77 0 {n} dc 1u sin(1u 1u 1meg)", "I77 0 {n} pwl(0 1u 1 2u)", "I77 0 {n} exp(0 1u)",
    "In77 0 {n} pwl(0 1u 1 2u)", "In77 0 {n} pwl(0 1u 1u 2u) dc 3u", "In77 0 {n} pwl 0 1u 1u 2u",
    "In77 0 {n} dc 1u pwl(0 0 1u 1u)", "In77 0 {n} pwl(0 1u 1u 1u) r=0", "In77 0 {n} pwl(0 1u) m=2",
    "In77 0 {n} trnoise(1u 1n 0 0) dc 1u", "In77 0 {n} trnoise(1u 1n 0 0) 1u", 
    "In77 0 {n} 1u trnoise(1u 1n 0 0)", "In77 0 {n} dc 1u trnoise(1u 1n 0 0)",
    "In77 0 {n} dc=1u trnoise(1u 1n 0 0)", "In77 0 {n} trnoise(1u 1n 0 0) m=2",
    "In77 0 {n} trnoise(1u 1n 1 1u)", "In77 0 {n} trnoise(1u 1n)", "In77 0 {n} trnoise 1u 1n 0 0",
    "In77 0 {n} trnoise(1u 1n 0 0 1u 1n 1n)", "In77 0 {n} trnoise(1u, 1n, 0, 0)", 
    "In77 0 {n} trnoise(1u 1n 0 0) ac 1", "In77 0 {n} ac 1 trnoise(1u 1n 0 0) dc 2u",
    "In77 0 {n} trnoise(1u 1n 0 0) pulse(0 1u)", "In77 0 {n} trnoise({{1u}} 1n 0 0)",
    "In77 0 {n} external", "In77 0 {n} external dc 1u", "In77 0 {n} EXTERNAL", "Iext 0 {n} external",
    "In77 0 {n} dc 1u external", "In77 0 {n} trrandom(2 1n 0 1u)", "V77 {n}v 0 dc 0 trnoise(1 1n 0 0)",
    "V77 {n} 0 0.1", "V77 {n} 0 dc 0.1", "V77 0 {n} 0.1", "V77 {n}h 0 0.1\nR77 {n} {n}h 1meg",
    "V77 {n} 0 pulse(0 1 0 1n 1n 1u 2u)", "V77 {n} 0 0.1 ac 1", "V77 {n} 0", "V77 {n} 0 dc=0.1 m=2",
    "V77 0 {n}h 0.1\nR77 {n} {n}h 1meg", "V77 {n}h {n} 0.1\nR77 {n}h 0 1meg", 
    "V77 {n}h 0 sin(0 0.1 1meg)\nG77 {n} 0 {n}h 0 1u", "V77 {n}h 0 dc 0.1 pwl(0 0 1u 1)\nR77 {n} {n}h 1meg",
    "V77 {n}h 0 0.1\nV78 {n}h 0 0.1\nR77 {n} {n}h 1meg", "V77 {n}h 0 0.1 0.2\nR77 {n} {n}h 1meg",
    "V77 {n}h 0 {{0.1}}\nR77 {n} {n}h 1meg", "D77 {n} 0 dd", "D77 {n} 0 dq\n.model dq d",
    "D77 {n} 0 dq\n.model dq d(is=1e-9 rs=10)", "D77 {n} 0 dq\nD78 0 {n} dq\n.model dq d(is=1e-9)",
    "D77 {n} 0 dq m=2\nD78 0 {n} dq m=2\n.model dq d(is=1e-9)", 
    "D77 {n} 0 dq 2 ic=0.1\nD78 0 {n} dq 2\n.model dq d(is=1e-9)", 
    "D77 {n} 0 dq off\nD78 0 {n} dq off\n.model dq d(is=1e-9)",
    "D77 {n} 0 dq temp=60\nD78 0 {n} dq temp=60\n.model dq d(is=1e-9)",
    "D77 {n} 0 dq area=2 m=2\nD78 0 {n} dq area=2 m=2\n.model dq d(is=1e-9)",
    "L77 {n} 0 1m", "L77 {n} {n}l 1m\nR77 {n}l 0 1k", "Q77 {n} 0 0 qq\n.model qq npn",
    "M77 {n} 0 0 0 mm\n.model mm nmos", "S77 {n} 0 {n} 0 ss\n.model ss sw(vt=5)", "T77 {n} 0 {n} 0 z0=50 td=1n",
    "X77 {n} part\n.subckt part a\nR1 a 0 1meg\n.ends", "X77 {n} part m=2\n.subckt part a\nR1 a 0 1meg\n.ends",
    "X77 {n} part r=2meg\n.subckt part a params: r=1meg\nR1 a 0 {{r}}\n.ends",
    "X77 {n} part\n.subckt part a r=1meg\nR1 a 0 r\n.ends", 
    "X77 {n} part r = 2meg\n.subckt part a r=1meg\nR1 a 0 {{r}}\n.ends",
    "X77 {n} part params: r=2meg\n.subckt part a params: r=1meg\nR1 a 0 {{r*2}}\n.ends part",
    "X77 {n} part\n.subckt part a\n.param r=2meg\nR1 a 0 {{r}}\n.ends",
    "X77 {n} part\n.subckt part a\nX1 a deep\n.ends\n.subckt deep b\nR1 b 0 1meg\n.ends",
    "X77 {n} part\n.subckt part a\nC1 a 0 1p m=2\n.ends", "X77 {n} part\n.subckt part a\nR1 a gnd 1meg\n.ends",
    "X77 {n} part\n.subckt part a\nR1 a {n} 1meg\n.ends", "X77 part {n}\n.subckt part a\nR1 a 0 1k\n.ends",
    "X77 {n} part\n.subckt part a\n.ic v(a)=0.1\nR1 a 0 1meg\n.ends", 
    "X77 {n} part\n.subckt part a\nR1 a 0 1meg\n.options gmin=1e-5\n.ends",
    "X77 {n} part\n.subckt part a\nI1 0 a 1u\nG1 a 0 a 0 1u\n.ends",
    "X77 {n} part\n.subckt part a\nB1 a 0 i=1u*v(a)*v(a)*v(a)\n.ends",
    "X77 {n} part\n.subckt part a\nV1 h 0 0.1\nR1 a h 1meg\n.ends", 
    "X77 {n} part\n.subckt part a\nC1 h 0 1p\nR1 a h 1meg\n.ends",
    "X77 {n} part\n.subckt part a\nD1 a 0 dq\nD2 0 a dq\n.model dq d(is=1n)\n.ends",
    "X77 {n} part gain=2u\n.subckt part a gain=1u\nB1 a 0 i=gain*v(a)\n.ends",
    "X77 {n} part gain=2u\n.subckt part a gain=1u\nB1 a 0 i={{gain}}*v(a)\n.ends",
    "X77 {n} part\n.subckt part a\nR1 a 0 {{rr}}\n.ends\n.param rr=1meg",
    "R77 {n} 0 {{rr}}\n.param rr=1meg", ".param rr=1meg\nR77 {n} 0 rr", "R77 {n} 0 {{rr}}\n.param rr=1meg\n.param rr=2meg",
    "R77 {n} 0 {{rr}}\n.param rr={{qq*2}}\n.param qq=1meg", "R77 {n} 0 {{rr}}\n.param rr=1meg qq=2",
    "R77 {n} 0 {{rr}}\n.param rr = 1meg, qq = 2", "R77 {n} 0 {{1k*1k}}", "R77 {n} 0 {{1meg+2k}}",
    "R77 {n} 0 {{1meg/3}}", "R77 {n} 0 {{10**6}}", "R77 {n} 0 {{10^6}}", "R77 {n} 0 {{-2^2*-1meg}}",
    "R77 {n} 0 {{2**-1*1meg}}", "R77 {n} 0 {{sqrt(4)*1meg}}", "R77 {n} 0 {{max(1k,1meg)}}",
    "R77 {n} 0 {{exp(1)*1meg}}", "R77 {n} 0 {{ln(10)*1meg}}", "R77 {n} 0 {{log(10)*1meg}}",
    "R77 {n} 0 {{5 > 3 ? 1meg : 2meg}}", "R77 {n} 0 {{7 % 4 * 1meg}}", "R77 {n} 0 {{int(2.7)*1meg}}",
    "R77 {n} 0 {{7\\2*1meg}}", "R77 {n} 0 {{f(2)*1meg}}\n.func f(x) {{x*x}}", 
    "R77 {n} 0 {{f(2)*1meg}}\n.func f(x)={{x*x}}", "R77 {n} 0 {{f(1,2)*1meg}}\n.func f(a,b) {{a+b}}",
    "B77 {n} 0 i=f(v({n}))\n.func f(x) {{1u*x}}", "R77 {n} 0 {{agauss(1meg,0,1)}}",
    "R77 {n} 0 {{temper*1k}}", "R77 {n} 0 {{1meg*hwkit_volt}}", "R77 {n} 0 '1meg * 2'",
    "R77 {n} 0 \"1meg\"", "R77 {n} 0 {{pi*1meg}}", "R77 {n} 0 {{abs(-1meg)}}", "R77 {n} 0 {{1MEG}}",
    "R77 {n} 0 {{1e6ohm}}", "R77 {n} 0 {{1m*1e9}}", "R77 {n} 0 {{(1+1)*(1meg)}}", "R77 {n} 0 {{1meg", 
    "R77 {n} 0 1meg}}", "R77 {n} 0 {{}}", "R77 {n} 0 {{undefined}}", "R77 {n} 0 {{1e6 * }}",
    "R77 {n} 0 {{f(2)*1meg}}\n.param f(x)={{x*x}}", "R77 {n} 0 {{1meg}}k", "R77 {n} 0 {{1k}}{{2}}",
    "A77 {n} 0 gain1\n.model gain1 gain(gain=2)", "* R77 {n} 0 1k", "*R77 {n} 0 1k\n+ 5",
    "#R77 {n} 0 1k", "$R77 {n} 0 1k", "//R77 {n} 0 1k", ";R77 {n} 0 1k", "'R77 {n} 0 1k", 
    "  R77 {n} 0 1meg", "\tR77 {n} 0 1meg", "R77  {n}\t0  1meg", "R77 {n} 0 1meg\\\\\n m=2", 
    "R77 {n} 0\\\n1meg", "R77 {n} 0 \\\\\n1meg", "R77 {n} 0\n+1meg", "R77\n+ {n}\n+ 0\n+ 1meg",
    "R77 {n} 0 1\n+meg", "R77 {n} 0 1meg\n*comment\n+m=2", "R77 {n} 0 1meg\n\n+ m=2", 
    "R77 {n} 0 1meg\n ; c\n+ m=2", "R77 {n} 0 1meg\n  + m=2", "R77 {n} 0 1meg $ c\n+ m=2", 
    "R77 {n} 0 1meg ; c\n+ m=2", "R77 {n} 0 ; 1k\n+ 1meg", "R77,{n},0,1meg", "R77 ({n} 0) 1meg",
    "R77 {n} , 0 1meg", "R77={n} 0 1meg", "r77 {N} 0 1meg", "R\u00a077 {n} 0 1meg", "R77 {n}\u00a00 1meg",
    "R77 {n} 0 1meg\u00a0m=2", "R77 {n} 0 1meg\x0cm=2", "R77 {n} 0 1meg \x0b m=2", "R77 {n} 0 1\u2126",
    "K77 L1 L2 0.5", "W77 {n} 0 v1 ww", "Z77 {n} 0 0 zz", "U77 {n} 0 1", "J77 {n} 0 0 jj\n.model jj njf",
)  # fmt: skip


def _elements(lines: Lines) -> list[int]:
    """Return the rows of elements."""
    return [k for k, line in enumerate(lines) if k and line[:1].isalpha() and len(line.split()) > 2]


def _some(lines: Lines, rng: random.Random) -> int | None:
    rows = _elements(lines)
    return rng.choice(rows) if rows else None


def _node(lines: Lines, rng: random.Random) -> str:
    words = [w for k in _elements(lines) for w in lines[k].split()[1:3] if lines[k][0] in "cC"]
    return rng.choice([w for w in words if w.lower() not in ("0", "gnd")] or ["x0"])


def one_word_more(lines: Lines, rng: random.Random) -> Lines:
    """Put a word behind an element or statement."""
    rows = [k for k, line in enumerate(lines) if k and line.strip() and line[0] not in "*+"]
    if rows:
        lines[rng.choice(rows)] += " " + rng.choice(_WORDS)
    return lines


def one_word_inside(lines: Lines, rng: random.Random) -> Lines:
    """Put a word between the words of an element."""
    row = _some(lines, rng)
    if row is not None:
        words = lines[row].split()
        words.insert(rng.randrange(1, len(words) + 1), rng.choice(_WORDS))
        lines[row] = " ".join(words)
    return lines


def one_word_less(lines: Lines, rng: random.Random) -> Lines:
    """Leave a word out."""
    row = _some(lines, rng)
    if row is not None:
        words = lines[row].split()
        del words[rng.randrange(1, len(words))]
        lines[row] = " ".join(words)
    return lines


def other_order(lines: Lines, rng: random.Random) -> Lines:
    """Swap two words of an element."""
    row = _some(lines, rng)
    if row is not None:
        words = lines[row].split()
        i, j = rng.sample(range(1, len(words)), 2)
        words[i], words[j] = words[j], words[i]
        lines[row] = " ".join(words)
    return lines


def other_line_order(lines: Lines, rng: random.Random) -> Lines:
    """Move a line elsewhere."""
    if len(lines) > 3:
        line = lines.pop(rng.randrange(1, len(lines)))
        lines.insert(rng.randrange(1, len(lines) + 1), line)
    return lines


def one_more_statement(lines: Lines, rng: random.Random) -> Lines:
    """Add a line or a few, somewhere."""
    node = _node(lines, rng)
    text = rng.choice(_STATEMENTS).format(n=node, N=node.upper())
    rows = [k for k in range(1, len(lines)) if lines[k][:1] not in "+"] or [len(lines)]
    lines[rng.choice(rows) : 0] = []
    place = rng.choice(rows)
    return [*lines[:place], *text.split("\n"), *lines[place:]]


def duplicated(lines: Lines, rng: random.Random) -> Lines:
    """Write an element twice, with the same or another name."""
    row = _some(lines, rng)
    if row is not None:
        name, rest = lines[row].split(maxsplit=1)
        other = rng.choice([name, name + "b", name.swapcase(), name + "."])
        lines.insert(rng.randrange(1, len(lines) + 1), f"{other} {rest}")
    return lines


def other_name(lines: Lines, rng: random.Random) -> Lines:
    """Give an element another letter, or a name that could mean something."""
    row = _some(lines, rng)
    if row is not None:
        name, rest = lines[row].split(maxsplit=1)
        other = rng.choice(
            [rng.choice("bcdefghiklrvx") + name[1:], name[0], name[0] + "d", name + "!", name + "#1",
             "x" + name, name[0] + "=1", name[0] + "(1)", name + "{1}"]
        )  # fmt: skip
        lines[row] = f"{other} {rest}"
    return lines


def other_node(lines: Lines, rng: random.Random) -> Lines:
    """Call a node of one element otherwise: another spelling of ground, another unit."""
    row = _some(lines, rng)
    if row is not None:
        words = lines[row].split()
        names = ["0", "gnd", "GND", "gnd!", "00", "0.0", "ground", "vss", _node(lines, rng), "foo",
                 "{1}", "(0", "0)", "x0#branch", "v(0)"]  # fmt: skip
        words[rng.randrange(1, min(4, len(words)))] = rng.choice(names)
        lines[row] = " ".join(words)
    return lines


def renamed_node(lines: Lines, rng: random.Random) -> Lines:
    """Call a node otherwise everywhere."""
    node = _node(lines, rng)
    other = rng.choice(
        ["time", "temper", "m", "1e3", "2k", "v(a)", "a=b", "net-1", "x#1", "/a/b", "gnd2", "in+",
         "out-", "a,b", "dc", "x.y", "X", "\u00e9", "pi", "hertz", "0x0", "u_eye", "x0__p", "all",
         "v1#branch", "i", "[a]", "<1>", "a:b", "$n", "%n", "@n", "n!", "~n", "n*2", "0a"]
    )  # fmt: skip
    return [lines[0], *(re.sub(rf"(?<![\w/~.]){re.escape(node)}(?![\w!])", lambda _: other, line) for line in lines[1:])]


def other_number(lines: Lines, rng: random.Random) -> Lines:
    """Put letters behind a number, or spell it otherwise."""
    row = _some(lines, rng)
    if row is not None:
        words = lines[row].split()
        places = [k for k, word in enumerate(words) if k > 2 and re.match(r"[-+.]?\d", word)]
        if places:
            place = rng.choice(places)
            ends = ["F", "f", "pF", "k", "meg", "MEG", "M", "x", "a", "ohm", "s", "e3", "e", "d3",
                    "u", "\u00b5", "\u03bc", "mil", "_0", ",0", "%", "V", "Hz", "g", "t", ".", "..",
                    "k5", "meg2", "*2", "/2", "+1", "-1", "e-3k", "^2", "p2", "Farad", "tera"]  # fmt: skip
            words[place] += rng.choice(ends)
            lines[row] = " ".join(words)
    return lines


def broken(lines: Lines, rng: random.Random) -> Lines:
    """Break a line where it is continued, badly or well."""
    row = _some(lines, rng)
    if row is not None:
        line = lines[row]
        place = rng.randrange(1, len(line))
        glue = rng.choice(["\n+", "\n+ ", "\n +", "\n\n+ ", "\n* c\n+ ", "\\\\\n", "\n", "\n++ ",
                           "\\\n", "\n; c\n+ ", "\n.op\n+ ", "\n$ c\n+", "\r", "\n&"])  # fmt: skip
        lines[row] = line[:place] + glue + line[place:]
    return lines


def commented(lines: Lines, rng: random.Random) -> Lines:
    """Turn part of a line into a comment, or begin a line with a mark."""
    row = _some(lines, rng)
    if row is not None:
        line = lines[row]
        mark = rng.choice(["*", ";", "$", "$ ", "//", "# ", "'", "!", "--", " * ", "* ", " ;", " $"])
        place = rng.choice([0, rng.randrange(len(line)), len(line)])
        lines[row] = line[:place] + mark + line[place:]
    return lines


def spaced(lines: Lines, rng: random.Random) -> Lines:
    """Put an odd space into a line."""
    row = rng.randrange(1, len(lines)) if len(lines) > 1 else 0
    line = lines[row]
    place = rng.randrange(len(line) + 1)
    space = rng.choice([" ", "\t", "\u00a0", "\u2003", "\u200b", "\x0c", "\x0b", "\ufeff", "\u3000", "\x1c", "\x85"])
    lines[row] = line[:place] + space + line[place:]
    return lines


def after_the_end(lines: Lines, rng: random.Random) -> Lines:
    """Write on behind `.end`."""
    node = _node(lines, rng)
    while lines and not lines[-1].strip():
        lines.pop()
    if lines[-1].strip().lower() != ".end":
        lines.append(".end")
    lines[-1] = rng.choice([".end", ".END", " .end", ".end ; x", ".end foo", ".END  "])
    more = rng.choice(["latex notes", "C5 {n} 0 1p", "R5 {n} 0 1k", ".param hwkit_kt=9", ".end",
                       "L1 {n} 0 1m", "+ m=2", "other title\nR5 {n} 0 1k\n.end"])  # fmt: skip
    return [*lines, *more.format(n=node).split("\n"), ""]


def other_start(lines: Lines, rng: random.Random) -> Lines:
    """Begin the file otherwise."""
    first = rng.choice(["", "  ", "+ 1", "* c", ".title x", "\ufeff" + lines[0], None, "lx 0 1"])
    if first is None:
        return lines[1:]
    return [first, *lines] if rng.random() < 0.3 else [first, *lines[1:]]


def one_line_less(lines: Lines, rng: random.Random) -> Lines:
    """Leave a line out."""
    if len(lines) > 2:
        del lines[rng.randrange(1, len(lines))]
    return lines


CHANGES: dict[Change, float] = {
    one_more_statement: 8,
    one_word_more: 5,
    one_word_inside: 2,
    other_order: 2,
    other_number: 2,
    broken: 2,
    commented: 2,
    other_node: 2,
    duplicated: 1,
    other_name: 1,
    renamed_node: 1,
    spaced: 1.5,
    one_word_less: 1,
    other_line_order: 1,
    after_the_end: 1,
    other_start: 0.7,
    one_line_less: 0.7,
}
_ENCODINGS = ("utf-8",) * 16 + ("utf-16", "utf-8-sig", "latin-1")


def draw_near(rng: random.Random) -> Sample:
    """Draw a netlist of the grammar and change it once, sometimes twice."""
    base = draw_own(rng) if rng.random() < 0.3 else draw_grammar(rng)
    changes = rng.choices(list(CHANGES), list(CHANGES.values()), k=rng.choice([1, 1, 1, 2]))
    newline = "\r\n" if "\r\n" in base.text else "\n"
    lines = base.text.split(newline)
    for change in changes:
        lines = change(lines, rng)
    text = rng.choice([newline] * 8 + ["\n", "\r\n", "\r"]).join(lines)
    encoding = rng.choice(_ENCODINGS)
    try:
        text.encode(encoding)
    except UnicodeEncodeError:
        encoding = "utf-8"
    names = "+".join(change.__name__ for change in changes)
    return Sample(text, False, f"{base.kind}: {names}", encoding)
