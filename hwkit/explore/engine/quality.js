/* What end states show, whether a board meets its specification, and what some boards say of all.

Recognition as hwkit.training.quality: the pattern with the largest Pearson correlation over the
visible units, recognisable above 0.7. Metrics as hwkit.tolerance.metrics, intervals as
hwkit.tolerance.yields.
*/
(function (engine) {
  "use strict";

  const RECOGNISABLE = 0.7, TIE = 1e-8;

  /** Write the standardised numbers of values[from ... from + count) into out. */
  function standardise(values, from, count, out) {
    let mean = 0, square = 0;
    for (let i = 0; i < count; i++) mean += values[from + i];
    mean /= count;
    for (let i = 0; i < count; i++) square += (values[from + i] - mean) ** 2;
    const spread = Math.sqrt(square / count) || 1;
    for (let i = 0; i < count; i++) out[i] = (values[from + i] - mean) / spread;
    return out;
  }

  class Recogniser {
    constructor({ patterns, visible, units }) {
      const count = patterns.length / visible;
      this.patterns = Array.from({ length: count }, (_, p) =>
        standardise(patterns, p * visible, visible, new Float64Array(visible)));
      this.visible = visible;
      this.units = units;
      this.room = new Float64Array(visible);
    }

    /** Return best pattern and correlation of states (samples x units); -1 and 0 if not finite. */
    recognise(states) {
      const { units, visible, patterns, room } = this, samples = states.length / units;
      const best = new Int16Array(samples), correlation = new Float64Array(samples);
      for (let sample = 0; sample < samples; sample++) {
        standardise(states, sample * units, visible, room);
        const found = patterns.map((pattern) => {
          let sum = 0;
          for (let i = 0; i < visible; i++) sum += room[i] * pattern[i];
          return sum / visible;
        });
        const top = Math.max(...found), size = Math.max(...found.map(Math.abs));
        const failed = !Number.isFinite(top);
        best[sample] = failed ? -1 : found.findIndex((c) => c >= top - TIE * size);
        correlation[sample] = failed ? 0 : found[best[sample]];
      }
      const share = correlation.filter((c) => c > RECOGNISABLE).length / samples;
      return { best, correlation, share };
    }

    smallestClass({ best }) {
      const counts = this.patterns.map((_, p) => best.filter((b) => b === p).length);
      return Math.min(...counts) / best.length;
    }
  }

  const mean = (values) => values.reduce((sum, v) => sum + v, 0) / values.length;

  /** Each takes recogniser, {final, recognised} of the board and of the nominal one. */
  const METRICS = {
    "recognisable share": (_, board) => board.recognised.share,
    "recognisable change": (_, board, nominal) => board.recognised.share - nominal.recognised.share,
    "smallest class share": (recogniser, board) => recogniser.smallestClass(board.recognised),
    "mean correlation": (_, board) => mean(board.recognised.correlation),
    "path rms": (_, { final }, nominal) =>
      Math.sqrt(mean(final.map((x, k) => (x - nominal.final[k]) ** 2))),
  };

  /** Return {metric: value} of a board, and how far inside the limits it is (below 0: outside). */
  function measured(recogniser, board, nominal) {
    return Object.fromEntries(Object.entries(METRICS).map(([name, of]) =>
      [name, of(recogniser, board, nominal)]));
  }

  const described = ({ metric, min, max }) =>
    `${min === null ? "" : `${min} <= `}${metric}${max === null ? "" : ` <= ${max}`}`;

  /** Return whether metrics meet limits, the limits missed, and the least distance inside them. */
  function judged(specification, metrics) {
    const missed = [];
    let margin = Infinity;
    for (const limit of specification) {
      const value = metrics ? metrics[limit.metric] : NaN, { min, max } = limit;
      const inside = [min === null ? Infinity : value - min, max === null ? Infinity : max - value];
      const least = Math.min(...inside) / Math.max(Math.abs(min ?? max), 1e-12);
      if (!(Math.min(...inside) >= 0)) missed.push(described(limit));
      margin = Math.min(margin, Number.isNaN(least) ? -Infinity : least);
    }
    return { passed: missed.length === 0 && metrics !== null, missed, margin };
  }

  // ---- intervals -----------------------------------------------------------------------------

  function wilson(passed, boards, level) {
    const z = engine.distributions.ndtri((1 + level) / 2), share = passed / boards;
    const middle = share + z ** 2 / (2 * boards), scale = 1 + z ** 2 / boards;
    const half = z * Math.sqrt(share * (1 - share) / boards + z ** 2 / (4 * boards ** 2));
    return [Math.max(0, (middle - half) / scale), Math.min(1, (middle + half) / scale)];
  }

  /** Return the logarithms of 0!, 1!, ... n!. */
  function logFactorials(n) {
    const found = new Float64Array(n + 1);
    for (let k = 2; k <= n; k++) found[k] = found[k - 1] + Math.log(k);
    return found;
  }

  /** Return the probability of at most k of n. */
  function atMost(k, n, p, logs) {
    let sum = 0;
    for (let i = k; i >= 0; i--) {
      const term = Math.exp(logs[n] - logs[i] - logs[n - i] + i * Math.log(p) +
        (n - i) * Math.log1p(-p));
      sum += term;
      if (term < 1e-18 * sum && i < n * p) break;
    }
    return sum;
  }

  /** Return where a falling function of p crosses a value. */
  function crossing(of, value) {
    let low = 0, high = 1;
    for (let step = 0; step < 60; step++) {
      const middle = (low + high) / 2;
      if (of(middle) > value) low = middle;
      else high = middle;
    }
    return (low + high) / 2;
  }

  function clopperPearson(passed, boards, level) {
    const logs = logFactorials(boards), tail = (1 - level) / 2, failed = boards - passed;
    const high = failed ? crossing((p) => atMost(passed, boards, p, logs), tail) : 1;
    const low = passed ? 1 - crossing((p) => atMost(failed, boards, p, logs), tail) : 0;
    return [low, high];
  }

  function interval(method, passed, boards, level) {
    return (method === "wilson" ? wilson : clopperPearson)(passed, boards, level);
  }

  engine.quality = { Recogniser, interval, judged, measured };
})((globalThis.hwkitEngine ??= {}));
