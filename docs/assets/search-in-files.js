// Browsers start no worker for a page that was opened as a file. The search's worker then runs in a
// hidden frame: what the page posts reaches it as messages, and what it posts comes back.
"use strict";
if (location.protocol === "file:") {
  const inFrame = () => {
    addEventListener("message", (first) => {
      const [port] = first.ports;
      first.stopImmediatePropagation();
      window.postMessage = (data) => port.postMessage(data);
      port.onmessage = ({ data }) => dispatchEvent(new MessageEvent("message", { data }));
    }, { once: true });
  };

  window.Worker = class extends EventTarget {
    constructor(url) {
      super();
      const { port1, port2 } = new MessageChannel();
      this.port = port1;
      port1.onmessage = ({ data }) => this.dispatchEvent(new MessageEvent("message", { data }));
      const frame = document.createElement("iframe");
      frame.hidden = true;
      const source = document.createElement("script");
      source.src = url;
      frame.srcdoc = `<script>(${inFrame})()</` + `script>${source.outerHTML}`;
      frame.addEventListener("load", () => frame.contentWindow.postMessage(null, "*", [port2]));
      document.documentElement.append(frame);
    }

    postMessage(data) {
      this.port.postMessage(data);
    }
  };
}
