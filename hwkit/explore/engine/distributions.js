/* Distributions of deviations, through their quantiles: hwkit.circuit.variation.distributions.

    normal     {sigma}                      truncated  {width, outer, inner}
    uniform    {half_width}                 table      {deviations: [..]}

The normal distribution function and its inverse are right to about 1e-15:

    Phi(x) - 1/2 = phi(x) (x + x^3/3 + x^5/15 + ...)               |x| < 2.5
    1 - Phi(x)   = phi(x) / (x + 1/(x + 2/(x + 3/(x + ...))))      beyond

and the inverse is two steps of Halley's method from Abramowitz and Stegun's formula 26.2.23.
*/
(function (engine) {
  "use strict";

  const ROOT_TWO_PI = Math.sqrt(2 * Math.PI);
  const BORDER = 2.5, TERMS = 70;

  const density = (x) => Math.exp(-0.5 * x * x) / ROOT_TWO_PI;

  /** Return Phi(x) - 1/2 for 0 <= x < BORDER. */
  function central(x) {
    const square = x * x;
    let term = x, sum = x;
    for (let k = 3; term > 1e-17 * sum; k += 2) {
      term *= square / k;
      sum += term;
    }
    return density(x) * sum;
  }

  /** Return 1 - Phi(x) for x >= BORDER. */
  function tail(x) {
    let below = x;
    for (let k = TERMS; k > 0; k--) below = x + k / below;
    return density(x) / below;
  }

  /** Return the probability below x. */
  function ndtr(x) {
    if (x < 0) return x > -BORDER ? 0.5 - central(-x) : tail(-x);
    return x < BORDER ? 0.5 + central(x) : 1 - tail(x);
  }

  /** Return the x below which the probability is u. */
  function ndtri(u) {
    if (!(u > 0 && u < 1)) return u === 0 ? -Infinity : u === 1 ? Infinity : NaN;
    const upper = u > 0.5, p = upper ? 1 - u : u, beside = Math.abs(u - 0.5);
    const t = Math.sqrt(-2 * Math.log(p));
    let x = t - (2.515517 + t * (0.802853 + t * 0.010328)) /
      (1 + t * (1.432788 + t * (0.189269 + t * 0.001308)));
    x = Math.max(x, 0);
    for (let step = 0; step < 2; step++) {
      const short = x < BORDER ? beside - central(x) : tail(x) - p; // of the way to the root
      const r = short / density(x);
      x += r / (1 - 0.5 * x * r);
    }
    return upper ? x : -x;
  }

  const clip = (x, low, high) => Math.min(Math.max(x, low), high);

  function steps(u, deviations) { // np.interp over equal steps
    const last = deviations.length - 1, place = clip(u, 0, 1) * last;
    const k = Math.min(Math.floor(place), last - 1);
    return deviations[k] + (place - k) * (deviations[k + 1] - deviations[k]);
  }

  function stepsBack(e, deviations) {
    const last = deviations.length - 1;
    if (e <= deviations[0]) return 0;
    if (e >= deviations[last]) return 1;
    let k = 0;
    while (deviations[k + 1] < e) k++;
    return (k + (e - deviations[k]) / (deviations[k + 1] - deviations[k])) / last;
  }

  const KINDS = {
    normal: ({ sigma }, factor) => {
      const s = factor * sigma;
      return {
        quantile: (u) => s * ndtri(u),
        cdf: (e) => (s === 0 ? (e >= 0 ? 1 : 0) : ndtr(e / s)),
      };
    },
    uniform: ({ half_width: half }, factor) => {
      const h = factor * half;
      return {
        quantile: (u) => h * (2 * u - 1),
        cdf: (e) => (h === 0 ? (e >= 0 ? 1 : 0) : clip((e / h + 1) / 2, 0, 1)),
      };
    },
    truncated: ({ width, outer, inner }, factor) => {
      const w = factor * width, o = factor * outer, i = factor * inner;
      const low = ndtr(-o / w), high = ndtr(-i / w);
      return {
        quantile: (u) => {
          const size = -w * ndtri(low + 2 * Math.min(u, 1 - u) * (high - low));
          return u < 0.5 ? -size : size;
        },
        cdf: (e) => {
          const half = (ndtr(-clip(Math.abs(e), i, o) / w) - low) / (high - low) / 2;
          return e < 0 ? half : 1 - half;
        },
      };
    },
    table: ({ deviations }, factor) => {
      const all = deviations.map((e) => factor * e);
      return { quantile: (u) => steps(u, all), cdf: (e) => stepsBack(e, all) };
    },
  };

  /** Return {quantile, cdf} of a distribution with deviations `factor` times as large. */
  function distribution(described, factor) {
    const make = KINDS[described.kind];
    if (!make) {
      throw new Error(`distribution ${JSON.stringify(described.kind)} is unknown; known are ` +
        Object.keys(KINDS).join(", "));
    }
    return make(described, factor);
  }

  const BYTES = new DataView(new ArrayBuffer(8));

  /** Return the next double above x. */
  function nextAbove(x) {
    if (x === 0) return Number.MIN_VALUE;
    BYTES.setFloat64(0, x);
    BYTES.setBigInt64(0, BYTES.getBigInt64(0) + (x > 0 ? 1n : -1n));
    return BYTES.getFloat64(0);
  }

  /** Return a function of u: the deviation given that it exceeds `above`. */
  function conditioned(found, above) {
    const below = found.cdf(above), least = nextAbove(above);
    if (below >= 1) {
      throw new Error("a distribution leaves no positive value for a part; make it narrower");
    }
    return (u) => Math.max(
      found.quantile(clip(below + (1 - below) * u, 2 ** -60, 1 - 2 ** -53)), least);
  }

  engine.distributions = { conditioned, distribution, ndtr, ndtri };
})((globalThis.hwkitEngine ??= {}));
