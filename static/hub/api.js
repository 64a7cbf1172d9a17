/* The browsable API: sends the raw body with the method on the button and shows the answer in place. No eval, no inline code. */
(() => {
  "use strict";
  const start = () => {
    document.querySelectorAll(".needs-script").forEach((part) => { part.hidden = false; });
    document.addEventListener("submit", async (event) => {
      const form = event.target;
      if (!form.dataset.method) return;
      event.preventDefault();
      const method = event.submitter?.dataset.method || form.dataset.method;
      const headers = { Accept: "text/html", "X-CSRFToken": JSON.parse(document.body.getAttribute("hx-headers"))["X-CSRFToken"] };
      const type = form.querySelector("[name=_content_type]");
      const body = form.querySelector("[name=_content]");
      if (type && body) headers["Content-Type"] = type.value;
      const answer = await fetch(form.getAttribute("action"), { method, headers, credentials: "same-origin", body: body?.value });
      const words = await answer.text();
      if (answer.headers.get("Content-Type")?.startsWith("text/html") && words) {
        const page = new DOMParser().parseFromString(words, "text/html");
        document.getElementById("main").replaceWith(page.getElementById("main"));
        document.querySelectorAll(".needs-script").forEach((part) => { part.hidden = false; });
      } else {
        const note = document.createElement("pre");
        note.className = "block";
        note.textContent = `HTTP ${answer.status} ${answer.statusText}\n${words}`;
        document.getElementById("main").prepend(note);
      }
      document.getElementById("main").focus();
    });
  };
  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", start); else start();
})();
