// Browsers start no Worker for a page that is opened from a folder. The search then runs in a frame.
if (location.protocol === "file:") {
  window.Worker = window.IFrameWorker = class extends EventTarget {
    constructor(url) {
      super();
      this.waiting = [];
      this.frame = document.createElement("iframe");
      this.frame.hidden = true;
      this.frame.receive = data => this.dispatchEvent(new MessageEvent("message", { data }));
      this.frame.srcdoc =
        "<script>postMessage = data => frameElement.receive(data)</" + "script>" +
        `<script src="${url}"></` + "script>";
      this.frame.onload = () => {
        const sent = this.waiting;
        this.waiting = null;
        sent.forEach(data => this.postMessage(data));
      };
      document.body.append(this.frame);
    }
    postMessage(data) {
      if (this.waiting) this.waiting.push(data);
      else this.frame.contentWindow.dispatchEvent(new MessageEvent("message", { data }));
    }
  };
}
