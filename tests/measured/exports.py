"""The same three samples of two channels as instruments of several makers export them.

Times 0, 2, 4 us; volts 0.001, 0.002, 0.003 and -0.5, missing or over range, 0.25.
"""

TEKTRONIX = """Model,DPO4054
Firmware Version,2.48
Waveform Type,ANALOG,
Horizontal Units,S,
Sample Interval,2e-06,
Record Length,3,

TIME,CH1,CH2
0.0,0.001,-0.5
2.0e-06,0.002,NaN
4.0e-06,0.003,0.25
"""
TEKTRONIX_TDS = """Record Length,3,,0.000000000000,0.00100,-0.5
Sample Interval,2e-6,,0.000002000000,0.00200,
Trigger Point,1,,0.000004000000,0.00300,0.25
"""
RIGOL = """X,CH1,CH2,Start,Increment,
Sequence,Volt,Volt,0.000000e-03,2.000000e-06
0,1.00e-03,-5.00e-01,
1,2.00e-03,,
2,3.00e-03,2.50e-01,
"""
ULTRASCOPE = """"Number of Data points =",3,
"Sampling Frequency (Hz)=",500000,
"Channel Data","CH 1","CH 2"
"Scale (V/DIV) = ",0.1,2
"Inverted = ","NO","NO"
"Time (s)","Voltage (V)","Voltage (V)"
0,0.001,-0.5
2E-6,0.002,
4E-6,0.003,0.25
,,
"""
LECROY = """LECROYWS4000,57936,Waveform
Segments,1,SegmentSize,3
Segment,TrigTime,TimeSinceSegment1
#1,28-Nov-2026 06:50:00,0
Time,Ampl1,Ampl2
0,0.001,-0.5
2e-006,0.002,
4e-006,0.003,0.25
"""
KEYSIGHT = """x-axis,1,2
second,Volt,Volt
0.0,1E-03,-500E-03
2.0E-06,2E-03,
4.0E-06,3E-03,250E-03
"""
SIGLENT = """Record Length,Analog:3,
Sample Interval,Analog:2.000000E-06,
Vertical Units,CH1:V, CH2:V,,
Horizontal Units,us,
Model Number,SDS1104X-U,
Source,CH1,CH2
Second,Volt,Volt
+0.000000E+00,+1.0E-03,-0.5
+2.000000E-06,+2.0E-03,
+4.000000E-06,+3.0E-03,+0.25
"""
PICOSCOPE = """Time,Channel A,Channel B
(µs),(mV),(V)

0.000,1.0,-0.5
2.000,2.0,∞
4.000,3.0,0.25
"""
LOGGER = """Messung vom 28.11.2026;Prüfstand 3
Zeit [ms];Kanal 1 (mV);Kanal 2 (V)
0,000;1,0;-0,5
0,002;2,0;NaN
0,004;3,0;0,25
"""
DATED = """when,left (V),right (V)
2026-11-28 06:50:00.000000,0.001,-0.5
2026-11-28 06:50:00.000002,0.002,
2026-11-28 06:50:00.000004,0.003,0.25
"""

# name -> bytes, column of times (None: the file says the interval), columns of the two channels
EXPORTS = {
    "tektronix": (TEKTRONIX.encode(), "TIME", ("CH1", "CH2")),
    "tektronix-tds": (TEKTRONIX_TDS.encode(), 4, (5, 6)),
    "rigol": (RIGOL.encode(), None, ("CH1", "CH2")),
    "rigol-ultrascope": (ULTRASCOPE.encode(), 1, (2, 3)),
    "lecroy": (LECROY.encode(), "Time", ("Ampl1", "Ampl2")),
    "keysight": (KEYSIGHT.encode(), "x-axis", ("1", "2")),
    "siglent": (SIGLENT.replace("\n", "\r\n").encode(), 1, ("CH1", "CH2")),
    "siglent-interval": (SIGLENT.encode(), None, ("CH1", "CH2")),
    "picoscope": (PICOSCOPE.encode("utf-8-sig"), "Time", ("Channel A", "Channel B")),
    "picoscope-tabs": (
        PICOSCOPE.replace(",", "\t").replace(".", ",").encode(),
        "Time",
        ("Channel A", "Channel B"),
    ),
    "logger": (LOGGER.encode("latin-1"), "Zeit", ("Kanal 1", "Kanal 2")),
    "logger-utf-16": (LOGGER.encode("utf-16"), "Zeit", ("Kanal 1", "Kanal 2")),
    "quoted": (LOGGER.replace(";", '";"').replace("\n", '"\n"').encode()[:-1], 1, (2, 3)),
    "dated": (DATED.encode(), "when", ("left", "right")),
}
