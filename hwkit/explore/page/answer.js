/* The answer on top, the clock of the run, and what screen readers are told of it. */

const counted = (classes) => classes.correlation.reduce((n, c) => n + (c > facts.recognisable), 0);

const boardsText = (count) => (count === 1 ? "1 board" : `${grouped(count)} boards`);

const yieldWords = () => {
  const found = bench.yields;
  if (!found || !found.boards) return "the yield is being measured";
  return `${percent(found.share)} of boards pass (${percent(found.level)} interval `
    + `${percent(found.low)} to ${percent(found.high)}, ${boardsText(found.boards)})`;
};

const answerText = () => {
  const { classes, failed } = bench.frame, n = classes.board.best.length;
  if (failed) return `This board runs away (${failed}); ${yieldWords()}.`;
  return `${counted(classes.board)} of ${n} samples of this board are recognisable, and `
    + `${counted(classes.ideal)} of the ${facts.reference}; ${yieldWords()}.`;
};

const tellAnswer = () => {
  const text = answerText();
  if (at("answer").textContent !== text) at("answer").textContent = text;
};

const goes = (frame) => frame.running && !frame.ended;

const tellClock = (frame) => {
  at("progress").value = frame.step;
  at("progress").max = frame.steps;
  const end = frame.seconds * frame.steps / Math.max(frame.step, 1);
  const time = frame.step ? `${quantity(frame.seconds, "s", 3)} of ${quantity(end, "s", 3)}, ` : "";
  const rate = goes(frame) && frame.rate ? `, ${grouped(Math.round(frame.rate))} steps a second` : "";
  const text = `${time}step ${grouped(frame.step)} of ${grouped(frame.steps)}${rate}`;
  at("clock").textContent = text;
  at("bench").classList.toggle("going", !frame.ended);
  at("play").textContent = goes(frame) ? "Pause" : "Start";
};
