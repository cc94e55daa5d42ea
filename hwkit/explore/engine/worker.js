/* The worker: messages in, messages out.

Every file of this folder is a classic script that adds to one object, `globalThis.hwkitEngine`
(below: engine). Joined in the order of hwkit.explore.engine.FILES they are the worker's source:

    Python   hwkit.explore.engine.engine_source() -> str, to be put into a Blob
    page     worker = new Worker(URL.createObjectURL(new Blob([source], {type: "text/javascript"})))
    node     vm.runInThisContext(source); session = engine.createSession(post); session.receive(m)

Units of the messages: states in units of x, time in model time, values of parts in SI units. Seeds
are strings of decimal digits ("0" to "18446744073709551615"). S samples, N units.

Messages in ({type, ...}), each answered within 50 ms while anything is running:

    open      description [samples]       a machine; everything is set to its description's values.
                                          samples: how many are shown (default: run.samples)
    settings  values                      {control: number | null}; controls that are not named keep
                                          their value, null is "off". The parts of the board change
                                          under the run: states and time go on
    board     which: "nominal"            all deviations and bits off; design effects stay
              which: "seed", seed, number board `number` of a fabrication seed (Drawing.board)
              which: "given", board       a board as exported (see below)
    noise     seed                        other starts and other noise; restarts
    restart                               back to the starts of the same noise
    start, pause
    step      steps                       so many steps at once (at most 1000), then a frame
    speed     stepsPerSecond | null       null: as fast as it goes
    samples   samples                     how many are shown; restarts
    yield     on [, seed, paths, boards]  estimate in the background; settings that are changed
                                          start it again. Defaults: description's seeds.boards,
                                          run.paths, no end
    trace     unit | null, sample         unit to be traced from now on, from the start of the run
    cell      unit                        parts of a unit's cell on the board of the moment
    export                                the board of the moment
    stop                                  yield off, pause; the worker can be closed

Messages out:

    ready     {format, units, visible, samples, controls: {name: value}, stepsPerRun, dt}
    frame     {step, steps, time, seconds, running, ended, rate,
               ideal: Float32Array(S N), board: Float32Array(S N),   sample after sample
               classes: {ideal: {best: Int16Array(S), correlation: Float32Array(S), share},
                         board: the same},
               failed: "" | why the board runs away}
              at most 30 a second, and once after each of: open, settings, board, noise, restart,
              step, samples. `rate`: steps a second of the last half second. A run ends at its
              t_final (ended: true); restart or noise starts another
    trace     {unit, sample, time: Float32Array(k), seconds, ideal: Float32Array(k), board,
               voltsIdeal, voltsBoard}      with each frame while a unit is traced
    cell      {unit, name, nodes: [names], groups: [{role, kind, unit, count,
               nominal: number | [numbers], value, parameters: {name: value}}],
               couplings: {count, strongest: [{to, name, nominal, value, unit}]}}
    yield     {boards, paths, pathsDone, passed, failed, share, low, high, level, method,
               seed, seconds, perLimit: {limit: missed}, nominal: {metric: value},
               worst: [{number, seed, passed, metrics: {metric: value}}], latest: {...}, done}
              after every board. share: passed / boards. worst: at most 12, the farthest from the
              limits first
    exported  {board}  {format: "hwkit-board", version: 1, family, units, digest, settings, seed,
               number, values: {name: [numbers]}}: name -> value of every part, SI; the same names
               as hwkit.twin.Boards
    error     {message, during}           one sentence; what was before goes on

A machine's description (JSON; hwkit.explore.describe makes it). Arrays are packed, little-endian:
{dtype: "float64" | "float32" | "int16", shape: [...], base64}.

    format "hwkit-explore", version 1, title, family "rc" | "resistive"
    units, visible, names: [..], digest: of the machine
    nodes: [names], terminals: packed int16 (units, 2)            -1 is ground
    scale {volt, second, farad}, model {kT, mobility, onsite {kind, J2, J4 | r: [..]}}
    parts [{role, kind, unit, nodes: packed int16 (n, 2), values: packed (n), parameters: {name:
           packed (n)}}]                                           in netlist order
    patterns: packed (P, visible), labels: [..], picture: [rows, columns] | null
    run {t_final, dt, preparation_dt, samples, paths}
    seeds {noise, boards}
    controls [{name, title, kind, unit, low, high, step, value, off, entry | roles}]
           kind "spread": the entry {name, parts, relative, share, group, correlation,
                          distribution: {kind, ...numbers}, targets: [names]} with deviations
                          `value` times as large
           kind "factor": multiplies the values of `roles` (noise power)
           kind "saturation", "supply": volts, null is off (rc only)
           kind "temperature": degrees Celsius, with thermals [{name, class}]
           kind "bits": whole number, null is off; rounds `roles`
    specification [{metric, min, max}], level, method
What a family has no equation for is not in `controls`.
*/
