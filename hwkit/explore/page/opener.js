/* Part of the engine's worker: the machine comes as text, which is read here and not on the page. */

const receive = globalThis.onmessage;
globalThis.onmessage = ({ data }) => {
  receive({ data: data.type === "open" ? { type: "open", description: JSON.parse(data.text) } : data });
};
