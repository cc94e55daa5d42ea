/* Boards and noise: which of them is on the bench, by seeds that Python draws the same from. */

const MOST = 2n ** 64n;

const nextNoise = () => { useNoise(String((BigInt(bench.noise) + 1n) % MOST)); };

const useNoise = (seed) => {
  bench.noise = seed;
  send({ type: "noise", seed });
  showSeeds();
};

const useBoard = (board) => {
  send({ type: "board", ...board });
  showBoard(board);
};

/* Say which board is on the bench. */
const showBoard = (board) => {
  bench.board = board;
  showSeeds();
  askUnit();
  showWorst();
  bench.announce = true;
};

const firstBoard = () => { useBoard({ which: "seed", seed: bench.seed, number: bench.number }); };

const newBoard = () => {
  if (bench.board.which === "seed") bench.number = (bench.number + 1) % (facts.boards ?? Infinity);
  firstBoard();
};

const worstBoard = () => {
  const worst = bench.yields && bench.yields.worst[0];
  if (!worst) { complain("No board is measured yet; wait for the first one."); return; }
  takeBoard(worst);
};

const takeBoard = ({ seed, number }) => {
  Object.assign(bench, { number, seed: String(seed) });
  firstBoard();
};

const BOARDS = {
  seed: ({ seed, number }) => `Board ${grouped(number)} of seed ${seed}`,
  nominal: () => "The nominal board: every part as designed",
  file: ({ name }) => `The board of ${name}`,
};

const showSeeds = () => {
  const { which } = bench.board;
  at("board-seed").value = bench.seed;
  at("board-number").value = String(bench.number);
  at("noise-seed").value = bench.noise;
  at("board-name").textContent = BOARDS[which](bench.board);
  at("nominal").setAttribute("aria-pressed", String(which === "nominal"));
};

const useSeeds = () => {
  const wrong = ["noise-seed", "board-seed", "board-number"].find((id) => !at(id).reportValidity());
  if (wrong) { at(wrong).focus(); return; }
  const [noise, seed] = ["noise-seed", "board-seed"].map((id) => BigInt(at(id).value));
  if (noise >= MOST || seed >= MOST) {
    complain("A seed must be below 2 to the power of 64.");
    return;
  }
  const number = Number(at("board-number").value), known = bench.machine.seeds.boards;
  if (facts.boards !== null && (number >= facts.boards || String(seed) !== known)) {
    complain(`Only boards 0 to ${facts.boards - 1} of seed ${known} were measured; choose one of them.`);
    return;
  }
  Object.assign(bench, { number, seed: String(seed) });
  useNoise(String(noise));
  firstBoard();
  measureYield();
};
