/* COE Hub: progressive enhancement only. Without this file every page still works. No eval, no inline style. */
(() => {
  "use strict";
  const all = (root, selector) => (root.matches?.(selector) ? [root] : []).concat([...root.querySelectorAll(selector)]);

  /* Ticks: the head box ticks the page, the bar counts, "all rows of this filter" is left alone. */
  function bulk(form) {
    const ticks = [...form.querySelectorAll("[data-select]")];
    const head = form.querySelector("[data-select-all]");
    const count = form.querySelector("[data-bulk-count]");
    const said = count?.textContent;
    if (head) head.hidden = false;
    const tell = () => {
      const on = ticks.filter((tick) => tick.checked);
      ticks.forEach((tick) => tick.closest("tr")?.classList.toggle("on", tick.checked));
      if (head) {
        head.checked = on.length > 0 && on.length === ticks.length;
        head.indeterminate = on.length > 0 && on.length < ticks.length;
      }
      if (count) count.textContent = on.length ? count.dataset.words.replace("{n}", on.length) : said;
    };
    head?.addEventListener("change", () => { ticks.forEach((tick) => { tick.checked = head.checked; }); tell(); });
    ticks.forEach((tick) => tick.addEventListener("change", tell));
    tell();
  }

  function copy(button) {
    if (!navigator.clipboard) return;
    button.hidden = false;
    button.addEventListener("click", async () => {
      await navigator.clipboard.writeText(button.dataset.copy);
      const said = button.getAttribute("aria-label");
      button.setAttribute("aria-label", button.dataset.done);
      button.classList.add("btn-primary");
      setTimeout(() => { button.setAttribute("aria-label", said); button.classList.remove("btn-primary"); }, 2000);
    });
  }

  /* A link to a confirm page opens the same form here; ctrl-click and browsers without popover follow the link. */
  function dialog(link) {
    const box = document.getElementById(link.dataset.dialog);
    if (!box?.showPopover) return;
    link.addEventListener("click", (event) => {
      if (event.ctrlKey || event.metaKey || event.shiftKey) return;
      event.preventDefault();
      box.showPopover();
      box.querySelector("input:not([type=hidden]), button")?.focus();
    });
  }

  function drop(zone) {
    const input = zone.querySelector("input[type=file]");
    const name = zone.querySelector("[data-drop-name]");
    if (!input) return;
    const tell = () => { if (name) name.textContent = [...input.files].map((file) => file.name).join(", "); };
    input.addEventListener("change", tell);
    ["dragenter", "dragover"].forEach((kind) => zone.addEventListener(kind, (event) => {
      event.preventDefault();
      zone.classList.add("over-it");
    }));
    zone.addEventListener("dragleave", () => zone.classList.remove("over-it"));
    zone.addEventListener("drop", (event) => {
      event.preventDefault();
      zone.classList.remove("over-it");
      if (event.dataTransfer?.files.length) {
        input.files = event.dataTransfer.files;
        input.dispatchEvent(new Event("change", { bubbles: true }));
      }
    });
  }

  /* One press, one post: a second press within the same page is ignored. */
  function once(form) {
    form.addEventListener("submit", (event) => {
      if (form.dataset.sent) event.preventDefault();
      form.dataset.sent = "1";
      form.setAttribute("aria-busy", "true");
      setTimeout(() => { delete form.dataset.sent; form.removeAttribute("aria-busy"); }, 4000);
    });
  }

  function wire(root) {
    all(root, "[data-bulk]").forEach(bulk);
    all(root, "[data-copy]").forEach(copy);
    all(root, "[data-dialog]").forEach(dialog);
    all(root, "[data-drop]").forEach(drop);
    all(root, "form[method=post]:not([data-again])").forEach(once);
    all(root, "[data-print]").forEach((button) => { button.hidden = false; button.addEventListener("click", () => window.print()); });
    if (!document.querySelector("[data-quiet]")) all(root, "[data-focus]").slice(0, 1).forEach((note) => note.focus());
  }

  const start = () => wire(document.body);
  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", start); else start();
  document.addEventListener("htmx:load", (event) => { if (event.detail.elt !== document.body) wire(event.detail.elt); });
  document.addEventListener("htmx:responseError", (event) => {
    const place = document.getElementById("messages");
    if (!place) return;
    const note = document.createElement("div");
    note.className = "note note-bad";
    note.textContent = place.dataset.failed + " (" + event.detail.xhr.status + ")";
    place.replaceChildren(note);
  });
})();
